import * as fs from "node:fs";
import * as path from "node:path";

/** Keeps what an operation wrote and told, in place of that of the one before. */
export function keepLog(
  folder: string,
  name: string,
  { output, events }: { readonly output: string; readonly events: readonly object[] },
): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.log`), output);
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  fs.writeFileSync(path.join(folder, `${name}.events.json`), lines.join(""));
}
