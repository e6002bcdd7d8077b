import { chmod, mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";

/** The engine looks for `pulumi-analyzer-policy-<runtime>` on PATH when the runtime of a pack is not a language. */
const RUNTIME = "sandbox";

/**
 * Writes a policy pack directory that starts the project's own pack, for an engine whose Node.js language host cannot
 * run packs (the newest that can be built from Go modules is 3.68, which cannot).
 *
 * @param directory the pack, for `--policy-pack`; made when it is not there.
 * @param binDirectory where the starter goes; has to be on the PATH of the engine.
 * @returns the directory of the pack.
 */
export async function writePolicyPack(directory: string, binDirectory: string): Promise<string> {
  await Promise.all([directory, binDirectory].map((each) => mkdir(each, { recursive: true })));
  const manifest = ["name: firmament", `runtime: ${RUNTIME}`, `description: The pack of ${PACKAGE_ROOT}`, ""].join(
    "\n",
  );
  await writeFile(path.join(directory, "PulumiPolicy.yaml"), manifest);
  const starter = path.join(binDirectory, `pulumi-analyzer-policy-${RUNTIME}`);
  await writeFile(starter, starterScript());
  await chmod(starter, 0o755);
  return directory;
}

/** PolicyPack reads the version of package.json in the working directory; the engine passes its address as $1. */
function starterScript(): string {
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js");
  const pack = path.join(PACKAGE_ROOT, "dist", "policies", "pulumi", "main.js");
  const words = [process.execPath, "--require", path.join(__dirname, "end-with-parent.js"), runner]
    .map(quoted)
    .join(" ");
  return ["#!/bin/sh", `cd ${quoted(PACKAGE_ROOT)} || exit 1`, `exec ${words} "$1" ${quoted(pack)}`, ""].join("\n");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
