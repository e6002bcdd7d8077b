import { createHash } from "node:crypto";
import { type NodeProgram, nodeProgram } from "../../kubernetes/node-program";
import { programs } from "./machine-programs";

/**
 * A program of this package for a command: its text stays in the package. Each machine has two of them, and a deployment
 * sends all inputs of all commands back and forth several times, and writes each into the engine's log: with their texts
 * they were most of what it did when nothing had changed.
 *
 * The command says which text it means by its SHA-256, so that what is listed in the policies says what is run.
 */
export function packagedProgram(name: keyof typeof programs): NodeProgram {
  const digest = createHash("sha256").update(programs[name]).digest("hex");
  return nodeProgram(`(${loadProgram.toString()})(require, ${JSON.stringify(name)}, "${digest}")`);
}

/**
 * Ends with 1 when the package has another text. The provider runs commands in the folder of the Pulumi program, from
 * where Node.js finds the package. Its text is part of a program: it uses nothing from outside itself.
 */
function loadProgram(load: NodeJS.Require, name: string, digest: string): void {
  const { createHash } = process.getBuiltinModule("node:crypto");
  let text = "";
  let reason = "has another text than the deployment";
  try {
    text = (load("firmament/machine-programs") as { programs: Record<string, string> }).programs[name] ?? "";
  } catch (error) {
    reason = (error as Error).message.split("\n", 1).join("");
  }
  if (createHash("sha256").update(text).digest("hex") === digest) {
    (0, eval)(text);
    return;
  }
  process.stderr.write(
    `${name} of firmament, from ${process.cwd()}: ${reason} — must be the program of this deployment; run \`npm ci\` and ` +
      "`npm run build` where the Pulumi program is, then `pulumi up` again",
  );
  process.exitCode = 1;
}
