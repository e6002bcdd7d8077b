import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { isVersionedArchive } from "./helm-command";
import type { RenderOptions } from "./render-options";
import type { Release } from "./render-input";

export interface Location {
  readonly chart: string;
  readonly repository?: string | undefined;
  readonly version?: string | undefined;
  /** A path, whose content may change while its name stays. */
  readonly local: boolean;
}

/** Where helm finds the chart: in the mirror, in the project, in its repository. */
export function locate({ source, version, chart }: Release, { mirror, root }: RenderOptions): Location {
  if (source.local) return { chart: resolve(root ?? ".", source.location), local: true };
  if (mirror === undefined) {
    const { location } = source;
    if (location.startsWith("oci://") || isVersionedArchive(location))
      return { chart: chart === location ? location : chart, version, local: false };
    return { chart: source.name, repository: location, version, local: false };
  }
  if (mirror.startsWith("oci://"))
    return { chart: `${mirror.replace(/\/+$/, "")}/${source.name}`, version, local: false };
  if (/^https?:\/\//.test(mirror)) return { chart: source.name, repository: mirror, version, local: false };
  const names = [version ?? "", (version ?? "").replace(/^v/, "")].map((each) =>
    join(resolve(mirror), `${source.name}-${each}.tgz`),
  );
  const found = names.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${names[0] ?? ""} is not in the mirror; put the chart there`);
  return { chart: found, local: true };
}

/** sha256 of a chart that is an archive at hand. */
export async function digestOf({ chart }: Location): Promise<string | undefined> {
  if (!chart.endsWith(".tgz") || !existsSync(chart)) return undefined;
  return createHash("sha256")
    .update(await readFile(chart))
    .digest("hex");
}

/** Whether a chart asks which moment it is. One that is not at hand may. */
export async function dependsOnMoment({ chart }: Location): Promise<boolean> {
  if (!chart.endsWith(".tgz") || !existsSync(chart)) return true;
  const files = gunzipSync(await readFile(chart), { maxOutputLength: MAX_CHART });
  return files.includes("IsUpgrade") || files.includes("IsInstall");
}

/** Charts with all their dependencies have a few megabytes. */
const MAX_CHART = 512 * 1024 * 1024;
