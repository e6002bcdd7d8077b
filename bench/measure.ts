import { spawn } from "node:child_process";
import * as fs from "node:fs";

export interface Measured {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

const POLL_MS = 5;

/**
 * Runs a program to its end and measures it from outside, every program in the same way. The kernel keeps the peak of its
 * resident memory, which is read until it is gone: growth in the last few milliseconds is missed.
 *
 * @param accepted exit codes that say it did its work; findings make most tools exit with one of their own.
 * @throws Error with what it said when it ended otherwise.
 */
export async function measure(
  command: string,
  args: readonly string[],
  accepted: readonly number[],
  options: { readonly cwd?: string } = {},
): Promise<Measured> {
  const started = process.hrtime.bigint();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let peak = 0;
  const poll = setInterval(() => (peak = Math.max(peak, peakKiB(child.pid))), POLL_MS);
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const stdout = Buffer.concat(out).toString("utf8");
    if (code !== null && accepted.includes(code)) return { seconds, peakMiB: peak / 1024, stdout };
    const output = `${Buffer.concat(said).toString("utf8")}${stdout}`.slice(0, 500);
    throw new Error(`${command}: exit code ${code} — must be ${accepted.join(" or ")}\n${output}`);
  } finally {
    clearInterval(poll);
  }
}

function peakKiB(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}
