import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Location } from "./chart-location";
import type { Moment, RenderOptions } from "./render-options";
import type { Release } from "./render-input";

/**
 * Everything the output depends on: the chart by its content where it is an archive at hand, wherever that lies; otherwise
 * by its place, where a version names one content. Undefined where neither is so: a folder, a chart without a version.
 */
export function keyOf(
  release: Release,
  { local }: Location,
  digest: string | undefined,
  moment: Moment,
  { mirror, kubeVersion, helm }: RenderOptions,
): string | undefined {
  const { source, version, name, namespace, values, valueFiles, skipCrds } = release;
  if (digest === undefined && (local || version === undefined)) return undefined;
  const chart = digest === undefined ? [source.location, source.name, version, mirror] : [digest];
  const parts = [chart, name, namespace, values, valueFiles, skipCrds, kubeVersion, helm, moment];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Written beside and moved into place: a second check that runs at the same time never reads half of it. */
export async function keep(path: string, text: string): Promise<void> {
  await mkdir(resolve(path, ".."), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
