import * as os from "node:os";
import * as path from "node:path";

/**
 * Where everything is kept that takes long to make: built tools, fetched charts and what they render to. Anybody may
 * remove it at any time.
 *
 * @param env default: the environment of this process.
 * @returns FIRMAMENT_CACHE, then $XDG_CACHE_HOME/firmament, then ~/.cache/firmament, as an absolute path.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env["XDG_CACHE_HOME"];
  // the XDG specification: a relative path is to be ignored
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(env["HOME"] ?? os.homedir(), ".cache");
  return path.resolve(env["FIRMAMENT_CACHE"] || path.join(base, "firmament"));
}
