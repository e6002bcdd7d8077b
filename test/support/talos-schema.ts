import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { TalosOracle } from "./talos-oracle";

/** Writes what the policies know of the types of Talos, after its version in versions/talos.ts has changed. */
async function write(): Promise<void> {
  const talos = await TalosOracle.build();
  if (talos === undefined) throw new Error("go: not found — the library of Talos is built with it; install Go");
  const file = path.join(PACKAGE_ROOT, "policies/engine/library/talos/machinery.json");
  fs.writeFileSync(file, `${JSON.stringify(talos.one({ schema: true }).schema, undefined, 2)}\n`);
}

write().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
