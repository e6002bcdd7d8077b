import * as fs from "node:fs";
import * as os from "node:os";
import { fileURLToPath } from "node:url";

/** A lock that the engine found on a stack of a backend without a service: a bucket, a folder, a database. */
export interface Lock {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** When it was taken, RFC 3339. */
  readonly since: string;
  /** URL of the lock itself. */
  readonly url: string;
  /**
   * Whether the process that took it lives. `dead` is proven: the process was on this machine and has ended, or was
   * there before its last start. A machine is known by its host name: machines that share a backend must not share one.
   */
  readonly holder: "alive" | "dead" | "unknown";
}

/** What can be seen of processes from here. */
export interface Processes {
  readonly host: string;
  /** When a process started, milliseconds since 1970; "gone" where there is none, undefined where nobody says. */
  readonly started: (pid: number) => number | "gone" | undefined;
}

/** As the engine prints them: `<url>: created by <user>@<host> (pid <pid>) at <time>`. */
const LOCK = /^\s*(\S+): created by (.+)@([^@\s]+) \(pid (\d+)\) at (\S+)\s*$/gm;

/** Seconds that clocks and roundings may differ by. */
const TOLERANCE = 2;

/** The locks that an error of the engine names. */
export function locksIn(text: string, processes: Processes = processesHere()): Lock[] {
  // said by the CLI and by its event as well
  const found = new Map([...text.matchAll(LOCK)].map((match) => [match[1], match]));
  return [...found.values()].map(([, url = "", user = "", host = "", pid = "0", since = ""]) => {
    const lock = { user, host, pid: Number(pid), since, url };
    return { ...lock, holder: holderOf(lock, processes) };
  });
}

function holderOf({ host, pid, since }: Omit<Lock, "holder">, processes: Processes): Lock["holder"] {
  if (host !== processes.host || pid <= 0) return "unknown";
  const started = processes.started(pid);
  if (started === "gone") return "dead";
  const taken = Date.parse(since);
  if (started === undefined || Number.isNaN(taken)) return "alive";
  // the number was given to another process since
  return started > taken + TOLERANCE * 1000 ? "dead" : "alive";
}

/**
 * Takes away a lock whose process is dead. Only the lock itself, in a folder: `pulumi cancel` takes all locks of the
 * stack, also one that another process has taken meanwhile.
 *
 * @returns whether it is gone; false for backends that are no folder, and for locks whose process may live.
 */
export function removeDeadLock({ url, holder }: Lock): boolean {
  if (holder !== "dead" || !url.startsWith("file:")) return false;
  const place = new URL(url);
  if (!place.pathname.endsWith(".json") || !place.pathname.includes("/.pulumi/locks/")) return false;
  place.search = "";
  const file = fileURLToPath(place);
  fs.rmSync(file, { force: true });
  // what the engine's library for folders keeps beside each file
  fs.rmSync(`${file}.attrs`, { force: true });
  return true;
}

/** The processes of this machine, by /proc where there is one. */
export function processesHere(): Processes {
  return { host: os.hostname(), started: (pid) => (lives(pid) ? startOf(pid) : "gone") };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // somebody else's process
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function startOf(pid: number): number | "gone" | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // the second field is the name in brackets, with anything in it
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // a process that has ended, and whose parent has not asked
    if (fields[0] === "Z" || fields[0] === "X") return "gone";
    const boot = /^btime (\d+)$/m.exec(fs.readFileSync("/proc/stat", "utf8"))?.[1];
    // field 22 of all, in ticks of a hundredth of a second after the start of the machine
    const ticks = fields[19];
    return boot === undefined || ticks === undefined ? undefined : Number(boot) * 1000 + Number(ticks) * 10;
  } catch {
    return undefined;
  }
}
