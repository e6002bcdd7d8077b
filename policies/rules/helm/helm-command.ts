import { execFile } from "node:child_process";
import { join } from "node:path";

export interface HelmRun {
  readonly helm: string;
  readonly args: readonly string[];
  /** Directory for helm's own cache and settings: those of the user are neither used nor changed. */
  readonly home: string;
  /** Seconds. */
  readonly timeout: number;
}

/** Largest output that is taken; what renders more than this is no chart but a mistake. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** An archive by its address: it needs no repository and no version. */
export function isVersionedArchive(location: string): boolean {
  return /^https?:\/\/.*\.tgz(?:\?.*)?$/.test(location);
}

/**
 * Runs helm and gives its output back.
 *
 * @throws Error with what helm said, when it fails, takes too long or is not there.
 */
export function runHelm({ helm, args, home, timeout }: HelmRun): Promise<string> {
  const environment = {
    ...process.env,
    HELM_CACHE_HOME: join(home, "cache"),
    HELM_CONFIG_HOME: join(home, "config"),
    HELM_DATA_HOME: join(home, "data"),
    // templates must not see a cluster that happens to be configured here
    KUBECONFIG: join(home, "no-kubeconfig"),
  };
  return new Promise((resolve, reject) => {
    const options = {
      env: environment,
      timeout: timeout * 1000,
      maxBuffer: MAX_OUTPUT,
      killSignal: "SIGKILL" as const,
    };
    execFile(helm, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.killed === true) return reject(new Error(`helm did not finish within ${timeout} s; raise the timeout`));
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      reject(new Error(missing ? `${helm} is not there; install helm` : saidBy(stderr, error.message)));
    });
  });
}

/** What helm says is wrong: the line that begins with Error, or its last one. Values never stand in it. */
function saidBy(stderr: string, otherwise: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("Use --debug"));
  return (lines.find((line) => line.startsWith("Error:")) ?? lines.at(-1) ?? otherwise).slice(0, 2000);
}
