import * as fs from "node:fs";
import * as path from "node:path";
import type { Layout } from "./layout";

/**
 * Ends what a killed deployment left: the engine's plugins and hosts, which run from the sandbox's own folders. Called
 * while no other command works on the sandbox. Systems without /proc have none to find.
 */
export function endLeftovers({ bin, pulumiHome }: Layout): void {
  const folders = [bin, pulumiHome].map((folder) => `${path.resolve(folder)}${path.sep}`);
  if (!fs.existsSync("/proc")) return;
  for (const pid of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [program = ""] = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (folders.some((folder) => program.startsWith(folder))) process.kill(Number(pid), "SIGKILL");
    } catch {
      // it has ended by itself
    }
  }
}
