import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Moment, RenderOptions } from "./render-options";
import type { Release } from "./render-input";

/** Everything the output depends on, where a version names one content. */
export function keyOf(
  release: Release,
  moment: Moment,
  { mirror, kubeVersion, helm }: RenderOptions,
): string | undefined {
  if (release.version === undefined) return undefined;
  const { source, version, name, namespace, values, valueFiles, skipCrds } = release;
  const parts = [
    source.location,
    source.name,
    version,
    name,
    namespace,
    values,
    valueFiles,
    skipCrds,
    mirror,
    kubeVersion,
    helm,
    moment,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Written beside and moved into place: a second check that runs at the same time never reads half of it. */
export async function keep(path: string, text: string): Promise<void> {
  await mkdir(resolve(path, ".."), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
