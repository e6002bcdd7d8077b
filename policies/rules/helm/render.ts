import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RenderRecord } from "../../engine/library/helm/render-record";
import { isUnknown, unwrapSecret } from "../../engine/unknown";
import { dependsOnMoment, digestOf, locate, type Location } from "./chart-location";
import { type HelmRun, runHelm } from "./helm-command";
import { refuseOtherHelm } from "./helm-version";
import { keep, keyOf } from "./render-cache";
import { readReleases, type Release, type RenderFailure } from "./render-input";
import { manifestsOf, PLACEHOLDER } from "./render-manifests";
import type { Moment, RenderOptions } from "./render-options";

export interface Rendered {
  /** Resources for `evaluate`, beside the releases they come from. */
  readonly manifests: object[];
  readonly failures: RenderFailure[];
  /** By `<namespace>/<name>`: parameter `renders` of rule helm-rendered, for releases that render to nothing as well. */
  readonly renders: Readonly<Record<string, RenderRecord>>;
}

/**
 * Renders every Helm release among the resources as Helm would install and upgrade it, hooks and CRDs included, and gives
 * the manifests back as resources with the release as their parent. The rules then evaluate them like all others. What
 * differs between the two is there twice.
 *
 * A value that is not known yet is rendered as one; what it becomes part of is not known either. A release that cannot
 * be rendered (no values are known, the chart cannot be had, a template fails) is a failure, never left out. No cluster is asked: what a template looks up there is empty.
 *
 * @throws InvalidInput when helm is not of version 3; {@link isHelm3} checks that beforehand.
 * @param resources resources as the engine shows them; what is no release is passed over.
 */
export async function renderReleases(resources: readonly unknown[], options: RenderOptions): Promise<Rendered> {
  const { releases, failures } = readReleases(resources);
  const manifests: object[] = [];
  const renders: Record<string, RenderRecord> = {};
  const all: RenderFailure[] = [...failures];
  await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
  await refuseOtherHelm(helmOf(options));
  const results = await inTurns(releases, options.concurrency ?? 2, async (release) => {
    try {
      const chart = locate(release, options);
      const digest = await digestOf(chart);
      const texts = [await render(release, chart, digest, "install", options)];
      if (await dependsOnMoment(chart)) texts.push(await render(release, chart, digest, "upgrade", options));
      return { release, texts, digest };
    } catch (error) {
      return { release, problem: error instanceof Error ? error.message : String(error) };
    }
  });
  for (const { release, texts, digest, problem } of results) {
    if (texts === undefined) {
      all.push({ release: release.id, urn: release.urn, message: problem ?? "helm gave no answer" });
      continue;
    }
    try {
      for (const manifest of manifestsOf(texts, release)) manifests.push(manifest);
      renders[release.id] = {
        chart: release.chart,
        version: release.version ?? "",
        ...(digest === undefined ? {} : { digest }),
      };
    } catch (error) {
      const message = `what the chart renders is no YAML: ${error instanceof Error ? error.message : String(error)}`;
      all.push({ release: release.id, urn: release.urn, message });
    }
  }
  return { manifests, failures: all, renders };
}

function helmOf({ helm, cacheDir }: Pick<RenderOptions, "helm" | "cacheDir">): Pick<HelmRun, "helm" | "home"> {
  return { helm, home: join(cacheDir, "helm") };
}

async function render(
  release: Release,
  chart: Location,
  digest: string | undefined,
  moment: Moment,
  options: RenderOptions,
): Promise<string> {
  const key = keyOf(release, chart, digest, moment, options);
  const cached = key === undefined ? undefined : join(options.cacheDir, "rendered", `${key}.yaml`);
  if (cached !== undefined && existsSync(cached)) return readFile(cached, "utf8");
  const work = await mkdtemp(join(options.cacheDir, "render-"));
  try {
    const files = [...release.valueFiles, jsonOf(release.values)].map((text, index) => ({
      path: join(work, `values-${index}.yaml`),
      text,
    }));
    for (const { path, text } of files) await writeFile(path, text, { mode: 0o600 });
    const text = await runHelm(
      commandOf(
        release,
        chart,
        files.map(({ path }) => path),
        moment,
        options,
      ),
    );
    if (cached !== undefined) await keep(cached, text);
    return text;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Values as helm reads them; JSON is YAML. Secrets are unwrapped: what they hold is what the chart gets. What is not
 * known yet is a placeholder, so that only what the chart makes of it is undecided.
 */
function jsonOf(values: unknown): string {
  return JSON.stringify(values, (_name, value: unknown) => {
    if (isUnknown(value)) return PLACEHOLDER;
    const hidden = typeof value === "object" && value !== null ? unwrapSecret(value) : undefined;
    if (hidden === undefined) return value;
    return isUnknown(hidden.value) ? PLACEHOLDER : hidden.value;
  });
}

function commandOf(
  release: Release,
  { chart, repository, version }: Location,
  values: readonly string[],
  moment: Moment,
  options: RenderOptions,
): HelmRun {
  const { kubeVersion, timeout = 120 } = options;
  return {
    ...helmOf(options),
    timeout,
    args: [
      "template",
      ...[release.name, chart],
      ...["--namespace", release.namespace],
      ...(repository === undefined ? [] : ["--repo", repository]),
      ...(version === undefined ? [] : ["--version", version]),
      ...(release.skipCrds ? ["--skip-crds"] : ["--include-crds"]),
      ...(moment === "upgrade" ? ["--is-upgrade"] : []),
      ...(kubeVersion === undefined ? [] : ["--kube-version", kubeVersion]),
      ...values.flatMap((path) => ["--values", path]),
    ],
  };
}

/** Results in the order of the items, at most `limit` at work at a time. */
async function inTurns<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, worker));
  return results;
}
