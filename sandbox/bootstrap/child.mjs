import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a program to its end and passes signals on to it.
 *
 * @param options of spawn.
 * @param onSaid gets what it writes to pipes, as it comes. Default: nobody.
 * @returns its exit code; 128 + number when a signal ended it, as a shell has it.
 */
export function runChild(file, args, options, onSaid = () => undefined) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", onSaid);
    // a terminal sends Ctrl-C to everybody in front of it; a second one would mean "at once" to many programs
    const interrupted = () => process.stdin.isTTY || child.kill("SIGINT");
    const forward = (signal) => child.kill(signal);
    process.on("SIGINT", interrupted).on("SIGTERM", forward).on("SIGHUP", forward);
    const settle = (finish) => {
      process.off("SIGINT", interrupted).off("SIGTERM", forward).off("SIGHUP", forward);
      finish();
    };
    child.once("error", (error) => settle(() => reject(error)));
    child.once("close", (code, signal) => settle(() => resolve(code ?? 128 + constants.signals[signal])));
  });
}
