import { execFile } from "node:child_process";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { parse, type SemVer } from "semver";
import { InvalidInput } from "../components/core/problem";
import { OperationFailed } from "./operation-failed";

/** Since this one the Automation API gets events over gRPC instead of a file that it follows. */
const OLDEST = "3.205.1";

export interface CliOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Written to its standard input. Default: nothing. */
  readonly input?: string;
}

/**
 * Runs one command of the Pulumi CLI, for what the Automation API cannot do.
 *
 * @returns its standard output.
 * @throws OperationFailed with the command and what it wrote when it ends with another code than 0.
 */
export function runPulumi(command: string, args: readonly string[], options: CliOptions): Promise<string> {
  const { cwd, env, input = "" } = options;
  return new Promise((resolve, reject) => {
    const all = [...args, "--non-interactive", "--color", "never"];
    const child = execFile(command, all, { cwd, env, maxBuffer: Infinity }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new OperationFailed(`pulumi ${args.join(" ")}: ${(stderr || stdout || error.message).trim()}`));
    });
    // a command that fails at once does not read its input
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/**
 * The CLI as the Automation API takes it. PulumiCommand.get would ask for the version with the user's environment, so
 * that the CLI writes a log into the user's home.
 *
 * @param version what it answers to `pulumi version`.
 * @throws InvalidInput when it is too old.
 */
export async function pulumiCommand(executable: string, version: string): Promise<PulumiCommand> {
  const parsed = parse(version);
  if (parsed === null || parsed.compare(OLDEST) < 0) {
    const rule = `must be ${OLDEST} or newer, whose events reach the program that runs it`;
    const problem = { where: executable, given: version, rule, fix: "install a newer Pulumi CLI" };
    throw new InvalidInput("the Pulumi CLI", [problem]);
  }
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  // its constructor is private to the types alone
  const Command = PulumiCommand as unknown as new (command: string, version: SemVer) => PulumiCommand;
  return new Command(executable, parsed);
}
