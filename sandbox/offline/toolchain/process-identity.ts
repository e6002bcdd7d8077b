import { spawnSync } from "node:child_process";
import * as fs from "node:fs";

/**
 * A number is given to another process once its own has ended; together with the start time it means one process.
 *
 * @returns undefined when there is no such process (any more).
 */
export function startTime(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      // the name is in parentheses and may hold anything; the fields after it start with the state
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const { stdout, status } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return status === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}
