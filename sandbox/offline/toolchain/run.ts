import { spawn, type ChildProcess } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Called as soon as it runs, for those who must be able to end it after this process was killed. */
  readonly onStart?: (pid: number) => void;
  /** Called with its standard error as it comes, in pieces. */
  readonly onStderr?: (text: string) => void;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Enough of a failed compiler's output to see why, without keeping all of it. */
const KEEP = 64 * 1024;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const running = new Set<ChildProcess>();

/**
 * Runs a program to its end, with everything it starts in a process group of its own, so that all of it ends when
 * the signal aborts or when this process is asked to end. A compiler left behind would use up the machine when it is
 * started again.
 *
 * @throws the reason of the abort, or what spawn says (ENOENT); a failing program is no error here.
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  options.signal?.throwIfAborted();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  track(child);
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const stop = (): void => endGroup(child);
  options.signal?.addEventListener("abort", stop, { once: true });
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
  try {
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] = (output[name] + text).slice(-KEEP);
        if (name === "stderr") options.onStderr?.(text);
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    options.signal?.throwIfAborted();
    return { code, ...output };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
    untrack(child);
  }
}

/** Ends a process and what it started. @param pid of the leader of the group. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // it has ended by itself
  }
}

function endGroup(child: ChildProcess): void {
  // nothing that runs here has anything to put in order: what it writes is thrown away
  if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
}

function track(child: ChildProcess): void {
  if (running.size === 0) {
    // before the listeners of the program, which may take themselves off when they are called
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
    process.on("exit", endAll);
  }
  running.add(child);
}

function untrack(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("exit", endAll);
  }
}

function endAll(): void {
  for (const child of running) endGroup(child);
}

/** Ends the children; this process too, as it would have without a listener, unless the program has a plan of its own. */
function onSignal(signal: NodeJS.Signals): void {
  endAll();
  if (process.listenerCount(signal) > 1) return;
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
