import { execFile } from "node:child_process";

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
 * @throws Error with the command and what it wrote when it ends with another code than 0.
 */
export function runPulumi(command: string, args: readonly string[], options: CliOptions): Promise<string> {
  const { cwd, env, input = "" } = options;
  return new Promise((resolve, reject) => {
    const all = [...args, "--non-interactive", "--color", "never"];
    const child = execFile(command, all, { cwd, env, maxBuffer: Infinity }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`pulumi ${args.join(" ")}: ${(stderr || stdout || error.message).trim()}`));
    });
    // a command that fails at once does not read its input
    child.stdin?.on("error", () => undefined).end(input);
  });
}
