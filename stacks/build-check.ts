import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput } from "../components/core/problem";

/** Folders whose sources decide what a stack deploys. */
const SOURCES = ["stacks", "components", "versions"] as const;

/**
 * Refuses to deploy with a dist/ that is older than the sources beside it: what was reviewed would not be what runs.
 * A package without sources (installed from a registry) has nothing to compare and is accepted.
 *
 * @param root directory of package.json.
 * @throws InvalidInput naming a changed file and the command that builds.
 */
export function refuseStaleBuild(root: string): void {
  const built = fs.statSync(path.join(root, "dist", ".tsbuildinfo"), { throwIfNoEntry: false });
  if (built === undefined) return;
  const newer = SOURCES.flatMap((folder) => sourcesIn(path.join(root, folder))).find(
    (file) => fs.statSync(file).mtimeMs > built.mtimeMs,
  );
  if (newer === undefined) return;
  const where = path.relative(root, newer);
  const rule = "the program runs from dist/, which must be built from the sources as they are";
  throw new InvalidInput("this build", [{ where, given: "changed after the build", rule, fix: "run `npm run build`" }]);
}

function sourcesIn(directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(directory, file));
}
