import { createHash } from "node:crypto";
import { fieldsOf } from "../core/fields";
import { isChart } from "./component";
import type { PlannedRelease, PlatformPlan } from "./plan";

/** What a deployment publishes of a release: enough to say what the next one changes, and nothing of what is in it. */
export interface PublishedRelease {
  readonly version: string;
  /** What the chart is made of, where it is made here. */
  readonly content?: string;
  /** Digest of each value, by its path in dots; lists count as one. Part `images.` of those that name images. */
  readonly values: Readonly<Record<string, string>>;
}

/** By release. */
export function publishedReleases({ stages }: PlatformPlan): Record<string, PublishedRelease> {
  return Object.fromEntries(stages.flatMap((stage) => ("release" in stage ? [[stage.name, publishedOf(stage)]] : [])));
}

/**
 * A line for each release that this deployment changes: what of it, and which pods restart for it at most.
 *
 * @param deployed what the last deployment published; older ones publish nothing, and nothing is said then.
 */
export function releaseChanges(plan: PlatformPlan, deployed: unknown): string[] {
  if (typeof deployed !== "object" || deployed === null) return [];
  const before = fieldsOf(deployed);
  const changed = plan.stages.flatMap((stage) => {
    if (!("release" in stage)) return [];
    if (!Object.hasOwn(before, stage.name)) return [`${stage.name}: is installed, ${stage.release.source.version}`];
    const causes = causesOf(publishedOf(stage), fieldsOf(before[stage.name]), imagePaths(plan, stage.name));
    return causes.length === 0 ? [] : [`${stage.name}: ${causes.join("; ")}; ${restarts(plan, stage)}`];
  });
  const present = new Set(plan.stages.map(({ name }) => name));
  const gone = Object.keys(before).filter((name) => !present.has(name));
  return [...changed, ...gone.map((name) => `${name}: leaves the platform`)];
}

function publishedOf({ release }: PlannedRelease): PublishedRelease {
  const { source, content, values } = release;
  return {
    version: source.version,
    ...(content === undefined ? {} : { content }),
    values: Object.fromEntries(leaves(values, []).map(([path, value]) => [path, digest(value)])),
  };
}

function causesOf(now: PublishedRelease, before: Record<string, unknown>, images: readonly string[]): string[] {
  const { version, content } = before;
  const old = fieldsOf(before["values"]);
  const paths = [...new Set([...Object.keys(now.values), ...Object.keys(old)])]
    .filter((path) => now.values[path] !== old[path])
    .sort();
  const image = paths.filter((path) => images.includes(path));
  const others = paths.filter((path) => !image.includes(path));
  return [
    ...(version === now.version ? [] : [`version ${String(version)} → ${now.version}`]),
    ...(version !== now.version || content === now.content ? [] : ["the chart is made anew"]),
    ...(image.length === 0 ? [] : [`images: ${shown(image)}`]),
    ...(others.length === 0 ? [] : [`values: ${shown(others)}`]),
  ];
}

/** Names in a line: enough to know what it is about. */
const SHOWN = 6;

function shown(names: readonly string[]): string {
  const first = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${first} and ${names.length - SHOWN} more` : first;
}

function stageOf({ components }: PlatformPlan, chart: string) {
  return components.flatMap(({ stages }) => stages.filter(isChart)).find((stage) => stage.chart === chart);
}

function imagePaths(plan: PlatformPlan, chart: string): string[] {
  return Object.keys(stageOf(plan, chart)?.images ?? {});
}

/** Helm changes objects that differ, and workloads restart pods whose template does: no more than these. */
function restarts(plan: PlatformPlan, { name, release }: PlannedRelease): string {
  const stage = stageOf(plan, name);
  const workloads = (stage?.sandbox?.workloads ?? []).map((workload) => {
    const own = workload.name.replace(/\{\{ \.Values\.([\w.]+) \}\}/g, (_match, path: string) =>
      String(path.split(".").reduce<unknown>((inner, key) => fieldsOf(inner)[key], release.values)),
    );
    return `${workload.kind} ${own}`;
  });
  const pods = workloads.length === 0 ? "restarts no pods that are known here" : `restarts at most ${shown(workloads)}`;
  return stage?.upgradeNote === undefined ? pods : `${pods}; ${stage.upgradeNote}`;
}

function leaves(value: unknown, path: readonly string[]): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path.join("."), value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function digest(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value) ?? "undefined")
    .digest("hex")
    .slice(0, 12);
}
