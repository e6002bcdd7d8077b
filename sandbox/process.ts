import * as fs from "node:fs";

/**
 * Whether the process is the one that was meant: ids are given again, so that a start time, where it is known, must
 * agree too.
 *
 * @param startTime field 22 of /proc/<pid>/stat, clock ticks since boot; left out where the system has no /proc.
 */
export function isAlive(pid: number, startTime?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const actual = startTimeOf(pid);
  return startTime === undefined || startTime === "" || actual === undefined || actual === startTime;
}

/** Start time of a process as /proc tells it; nothing where there is no /proc. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // the command, in parentheses, may itself hold spaces and parentheses
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
