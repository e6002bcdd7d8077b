import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isVersionedArchive, runHelm, type HelmRun } from "./helm-command";
import { manifestsOf, PLACEHOLDER } from "./render-manifests";
import { readReleases, type Release, type RenderFailure } from "./render-input";
import type { RenderRecord } from "../../engine/library/helm/render-record";
import { isUnknown, unwrapSecret } from "../../engine/unknown";

export interface RenderOptions {
  /** Path of the helm binary (3 or 4). */
  readonly helm: string;
  /** Directory for downloaded charts and rendered output; made when missing. Output may hold secrets: it is private. */
  readonly cacheDir: string;
  /** Directory that paths of local charts start from. Default: the working directory. */
  readonly root?: string | undefined;
  /** Where charts are taken from instead of their repositories: a folder of `<name>-<version>.tgz`, or an address. */
  readonly mirror?: string | undefined;
  /** Version of the cluster that templates are told of, e.g. v1.34.1. Default: helm's own. */
  readonly kubeVersion?: string | undefined;
  /** Seconds until helm is ended. Default: 120. */
  readonly timeout?: number | undefined;
  /** How many releases are rendered at once. Default: 2. */
  readonly concurrency?: number | undefined;
}

export interface Rendered {
  /** Resources for `evaluate`, beside the releases they come from. */
  readonly manifests: object[];
  readonly failures: RenderFailure[];
  /** By `<namespace>/<name>`: parameter `renders` of rule helm-rendered, for releases that render to nothing as well. */
  readonly renders: Readonly<Record<string, RenderRecord>>;
}

/**
 * Renders every Helm release among the resources as Helm would install it, hooks and CRDs included, and gives the
 * manifests back as resources with the release as their parent. The rules then evaluate them like all others.
 *
 * A value that is not known yet is rendered as one; what it becomes part of is not known either. A release that cannot
 * be rendered (no values are known, the chart cannot be had, a template fails) is a failure, never left out. No cluster is asked: what a template looks up there is empty.
 *
 * @param resources resources as the engine shows them; what is no release is passed over.
 */
export async function renderReleases(resources: readonly unknown[], options: RenderOptions): Promise<Rendered> {
  const { releases, failures } = readReleases(resources);
  const manifests: object[] = [];
  const renders: Record<string, RenderRecord> = {};
  const all: RenderFailure[] = [...failures];
  await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
  const results = await inTurns(releases, options.concurrency ?? 2, async (release) => {
    try {
      const chart = locate(release, options);
      return { release, text: await render(release, chart, options), digest: await digestOf(chart) };
    } catch (error) {
      return { release, problem: error instanceof Error ? error.message : String(error) };
    }
  });
  for (const { release, text, digest, problem } of results) {
    if (text === undefined) {
      all.push({ release: release.id, urn: release.urn, message: problem ?? "helm gave no answer" });
      continue;
    }
    try {
      for (const manifest of manifestsOf(text, release)) manifests.push(manifest);
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

async function digestOf({ chart }: Location): Promise<string | undefined> {
  if (!chart.endsWith(".tgz") || !existsSync(chart)) return undefined;
  return createHash("sha256")
    .update(await readFile(chart))
    .digest("hex");
}

async function render(release: Release, chart: Location, options: RenderOptions): Promise<string> {
  const key = chart.local ? undefined : keyOf(release, options);
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

interface Location {
  readonly chart: string;
  readonly repository?: string | undefined;
  readonly version?: string | undefined;
  /** A path whose content may change: its output is not kept. */
  readonly local: boolean;
}

/** Where helm finds the chart: in the mirror, in the project, in its repository. */
function locate({ source, version, chart }: Release, { mirror, root }: RenderOptions): Location {
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

function commandOf(
  release: Release,
  { chart, repository, version }: Location,
  values: readonly string[],
  options: RenderOptions,
): HelmRun {
  const { helm, cacheDir, kubeVersion, timeout = 120 } = options;
  return {
    helm,
    home: join(cacheDir, "helm"),
    timeout,
    args: [
      "template",
      ...[release.name, chart],
      ...["--namespace", release.namespace],
      ...(repository === undefined ? [] : ["--repo", repository]),
      ...(version === undefined ? [] : ["--version", version]),
      ...(release.skipCrds ? ["--skip-crds"] : ["--include-crds"]),
      // tests of a chart run only when somebody asks for them
      "--skip-tests",
      ...(kubeVersion === undefined ? [] : ["--kube-version", kubeVersion]),
      ...values.flatMap((path) => ["--values", path]),
    ],
  };
}

/** Everything the output depends on, where a version names one content. */
function keyOf(release: Release, { mirror, kubeVersion, helm }: RenderOptions): string | undefined {
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
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Written beside and moved into place: a second check that runs at the same time never reads half of it. */
async function keep(path: string, text: string): Promise<void> {
  await mkdir(resolve(path, ".."), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
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
