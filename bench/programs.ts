import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";

/** How long something takes. */
export function seconds(work: () => void): number {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

/**
 * Runs a program to its end.
 *
 * @throws Error with what it printed when it fails.
 */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: PACKAGE_ROOT, encoding: "utf8", ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exited with ${status}\n${stdout}${stderr}`);
}

export const EMPTY_STACK = "dev";

/**
 * Writes the program of `pulumi new`, which loads the SDK and does nothing, and makes its stack.
 *
 * @param env of an engine.
 * @returns its folder.
 */
export function writeEmptyProgram(directory: string, env: NodeJS.ProcessEnv): string {
  return writeProgram(directory, "empty", 'require("@pulumi/pulumi");\n', env);
}

/**
 * The same with so many resources that do nothing and have next to nothing to say: what the SDK and the engine take for any.
 */
export function writeIdleProgram(directory: string, env: NodeJS.ProcessEnv, resources: number): string {
  const text = `const { local } = require("@pulumi/command");
for (let index = 0; index < ${resources}; index++) new local.Command(\`idle-\${index}\`, { create: "true" });
`;
  return writeProgram(directory, "idle", text, env);
}

function writeProgram(directory: string, name: string, text: string, env: NodeJS.ProcessEnv): string {
  const folder = path.join(directory, name);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\nmain: index.js\n`);
  fs.writeFileSync(path.join(folder, "package.json"), "{}");
  fs.writeFileSync(path.join(folder, "index.js"), text);
  fs.symlinkSync(path.join(PACKAGE_ROOT, "node_modules"), path.join(folder, "node_modules"));
  run("pulumi", ["stack", "init", EMPTY_STACK, "-C", folder, "--non-interactive"], { env });
  return folder;
}
