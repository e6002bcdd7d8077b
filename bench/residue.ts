import * as fs from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What work may leave behind in a process. */
export interface Residue {
  /** Open files, sockets and pipes of this process. */
  readonly handles: number;
  /** Processes that descend from it. */
  readonly processes: number;
  /** Entries in the folders for temporary files. */
  readonly files: number;
  /** Functions that listen to events of the process. */
  readonly listeners: number;
  /** KiB that are reachable, buffers outside the heap among them. */
  readonly heapKiB: number;
}

/** A process, by number, of its parent. */
type Parents = ReadonlyMap<number, number>;

/** @param folders for temporary files. What is in them is counted, folder by folder, as deep as it goes. */
export function residue(folders: readonly string[]): Residue {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return {
    handles: fs.readdirSync("/proc/self/fd").length - 1,
    processes: descendants(process.pid).length,
    files: folders.reduce((sum, folder) => sum + entries(folder), 0),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapKiB: (heapUsed + external) / 1024,
  };
}

/** Numbers of the processes below one, near and far; threads and what has ended are none. */
export function descendants(pid: number, parents: Parents = parentsNow()): number[] {
  const own = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
  return own.flatMap((child) => [child, ...descendants(child, parents)]);
}

/** MiB of memory that a process and those below it have for themselves, or their share of what they have in common. */
export function memoryOf(pid: number): number {
  const parts = [pid, ...descendants(pid)].map((each) => {
    const rollup = readIfThere(`/proc/${each}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
  });
  return parts.reduce((sum, each) => sum + each, 0) / 1024;
}

function parentsNow(): Parents {
  const pids = fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return new Map(
    pids.flatMap((pid): [number, number][] => {
      // the second field is a name in brackets, with anything in it
      const [state, parent] = readIfThere(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
      return parent === undefined || state === "Z" ? [] : [[Number(pid), Number(parent)]];
    }),
  );
}

function entries(folder: string): number {
  return fs.readdirSync(folder, { recursive: true }).length;
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Twice: what has been let go in a callback of the first is freed by the second. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
}
