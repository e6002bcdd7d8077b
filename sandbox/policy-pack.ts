import { chmod, mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { quoted } from "./shell";

/**
 * Writes an executable that is the project's policy pack, for an engine whose Node.js language host cannot run packs
 * (the newest that can be built from Go modules is 3.68, which cannot). The engine starts a pack that is a file as it
 * starts providers.
 *
 * @param file the pack, for `--policy-pack`; its folder is made when it is not there.
 */
export async function writePolicyPack(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, starterScript());
  await chmod(file, 0o755);
  return file;
}

/** PolicyPack reads the version of package.json in the working directory; the engine passes its address as $1. */
function starterScript(): string {
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js");
  const pack = path.join(PACKAGE_ROOT, "dist", "policies", "pulumi", "main.js");
  const preloaded = ["end-with-parent.js", "before-program.js"].flatMap((name) => [
    "--require",
    path.join(__dirname, name),
  ]);
  const words = [process.execPath, ...preloaded, runner].map(quoted).join(" ");
  return ["#!/bin/sh", `cd ${quoted(PACKAGE_ROOT)} || exit 1`, `exec ${words} "$1" ${quoted(pack)}`, ""].join("\n");
}
