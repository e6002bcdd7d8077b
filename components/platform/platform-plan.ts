import type { Cidr } from "../core/cidr";
import { type Problem, refuse } from "../core/problem";
import { CHARTS, NAMESPACES, type CatalogEntry, type ChartName, type NamespaceName, type PodSecurity } from "./catalog";
import { mirrored, podSecurityVersion, type PlatformFacts, type Values } from "./facts";
import { lockedChart, type ChartLock, type LockedChart, CHARTS_FOLDER } from "./charts/lock";

/** A release, ready to be made; plain data. */
export interface ReleasePlan {
  readonly name: ChartName;
  readonly namespace: NamespaceName;
  /** What Helm calls the chart: its name in a repository, an oci:// reference or a path in the project. */
  readonly chart: string;
  readonly version: string;
  /** Left out where `chart` says it all. */
  readonly repository?: string;
  readonly values: Values;
  readonly awaited: boolean;
  readonly timeout: number;
  readonly takesCrdsAlong: boolean;
}

export interface NamespacePlan {
  readonly name: NamespaceName;
  readonly labels: Readonly<Record<string, string>>;
}

/** The platform of one cloud. */
export interface PlatformPlan {
  readonly facts: PlatformFacts;
  readonly namespaces: Readonly<Record<NamespaceName, NamespacePlan>>;
  readonly releases: Readonly<Record<ChartName, ReleasePlan>>;
  /** Whether what holds data is protected from deletion. */
  readonly protect: boolean;
}

/**
 * Plans the platform.
 *
 * @param vendored sha256 of a chart's file in the project, given its path there; undefined where there is none.
 * @throws InvalidInput when a chart is not in the lock, has to be vendored first or is not the one of the lock, or when
 * values are given for a chart that the platform does not have.
 */
export function planPlatform(
  facts: PlatformFacts,
  lock: ChartLock,
  vendored: (path: string) => string | undefined,
): PlatformPlan {
  const names = Object.keys(CHARTS) as ChartName[];
  const releases = Object.fromEntries(names.map((name) => [name, planRelease(name, facts, lockedChart(lock, name))]));
  refuse("platform configuration", [
    ...unknownCharts(facts),
    ...Object.values(releases).flatMap((release) => fileProblems(release, lockedChart(lock, release.name), vendored)),
  ]);
  return {
    facts,
    namespaces: planNamespaces(facts),
    releases: releases as Record<ChartName, ReleasePlan>,
    protect: facts.spec.tier === "production",
  };
}

function planRelease(name: ChartName, facts: PlatformFacts, locked: LockedChart): ReleasePlan {
  const entry: Omit<CatalogEntry, "needs"> = CHARTS[name];
  const { spec } = facts;
  const { version } = locked;
  const values = [
    entry.values(facts, { namespace: entry.namespace, version }),
    imageValues(entry.images, spec.mirror.images),
    spec.values[name] ?? {},
  ].reduce(merge);
  return {
    name,
    namespace: entry.namespace,
    ...source(name, locked, spec.mirror.charts),
    version,
    values,
    awaited: entry.awaited,
    timeout: entry.timeout,
    takesCrdsAlong: entry.takesCrdsAlong ?? false,
  };
}

function source(
  name: string,
  locked: LockedChart,
  mirror: string | undefined,
): Pick<ReleasePlan, "chart" | "repository"> {
  const repository = mirror ?? locked.repository;
  if (repository === undefined) return { chart: `./${CHARTS_FOLDER}/${name}-${locked.version}.tgz` };
  if (repository.startsWith("oci://")) return { chart: `${repository.replace(/\/+$/, "")}/${name}` };
  return { chart: name, repository };
}

/** Values that move every image of a chart to the mirror; none where there is no mirror. */
function imageValues(images: Readonly<Record<string, string>>, prefix: string | undefined): Values {
  if (prefix === undefined) return {};
  return Object.entries(images)
    .map(([path, repository]) => nested(path.split("."), mirrored(repository, prefix)))
    .reduce(merge, {});
}

function nested(path: readonly string[], value: unknown): Values {
  const [key, ...rest] = path;
  return key === undefined ? {} : { [key]: rest.length === 0 ? value : nested(rest, value) };
}

/** Maps are merged, everything else of `over` replaces what is below, as Helm does with its own values. */
function merge(below: Values, over: Values): Values {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(over)) {
    const present = merged[key];
    merged[key] = isMap(present) && isMap(value) ? merge(present, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownCharts({ spec }: PlatformFacts): Problem[] {
  return Object.keys(spec.values)
    .filter((name) => !Object.hasOwn(CHARTS, name))
    .map((name) => ({
      where: `platform.values.${name}`,
      given: "no such chart",
      rule: `must be one of ${Object.keys(CHARTS).join(", ")}`,
      fix: "correct the name or remove it",
    }));
}

function fileProblems(
  { name, version, chart }: ReleasePlan,
  { digest }: LockedChart,
  vendored: (path: string) => string | undefined,
): Problem[] {
  if (!chart.startsWith("./")) return [];
  const where = `charts.${name}`;
  const given = vendored(chart);
  if (given === undefined) {
    const rule = `upstream has no chart repository for ${name} ${version}: it is made from its sources once`;
    const fix = "run `npm run charts`, or set platform.mirror.charts to a repository that has it";
    return [{ where, given: `no file ${chart}`, rule, fix }];
  }
  if (digest === undefined || digest === given) return [];
  const rule = `must have sha256 ${digest}, as the lock says`;
  return [{ where, given: `${chart} has sha256 ${given}`, rule, fix: "make it again with `npm run charts`" }];
}

function planNamespaces(facts: PlatformFacts): Record<NamespaceName, NamespacePlan> {
  const plan = ([name, level]: [string, PodSecurity]) => [name, { name, labels: labels(level, facts) }];
  return Object.fromEntries(Object.entries(NAMESPACES).map(plan)) as Record<NamespaceName, NamespacePlan>;
}

function labels(level: PodSecurity, facts: PlatformFacts): Record<string, string> {
  const version = podSecurityVersion(facts);
  return {
    "app.kubernetes.io/part-of": "firmament",
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": version,
    "pod-security.kubernetes.io/warn": level === "privileged" ? "privileged" : "restricted",
    "pod-security.kubernetes.io/warn-version": version,
  };
}

/** Networks that the platform adds to those of the machines, by the setting that names them. */
export function platformNetworks({ spec }: PlatformFacts): Record<string, Cidr> {
  const { podCidr, joinCidr, loadBalancerCidrs } = spec.networking;
  return {
    "platform.networking.podCidr": podCidr,
    "platform.networking.joinCidr": joinCidr,
    ...Object.fromEntries(
      loadBalancerCidrs.map((cidr, index) => [`platform.networking.loadBalancerCidrs.${index}`, cidr]),
    ),
  };
}
