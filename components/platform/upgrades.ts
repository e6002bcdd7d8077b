import * as semver from "semver";
import { BAD_PAIRS, BAD_STEPS, NO_SUCCESSORS, type VersionsOf } from "../../versions/known-bad";
import { CLUSTER_API_PROVIDERS } from "../../versions/cluster-api";
import type { Problem } from "../core/problem";
import { isChart } from "./component";
import type { PlatformPlan } from "./plan";

/** Versions by chart or provider of Cluster API. */
export type Versions = Readonly<Record<string, string>>;

/** The versions that a platform installs; published, so that the next deployment knows where it comes from. */
export function versionsOf({ stages, provided }: PlatformPlan): Versions {
  const charts = stages.flatMap((stage) => ("release" in stage ? [[stage.name, stage.release.source.version]] : []));
  const providers = provided.has("cluster-api")
    ? Object.entries(CLUSTER_API_PROVIDERS).map(([name, { version }]) => [name, version])
    : [];
  return Object.fromEntries([...charts, ...providers]) as Versions;
}

/**
 * What is wrong with going from what is deployed to these versions: releases that do not work together, steps that
 * upstream does not support. All at once, before anything is touched.
 *
 * @param deployed what the last deployment published; undefined where it published nothing: then only the versions
 * themselves are looked at.
 */
export function upgradeProblems(plan: PlatformPlan, deployed: unknown): Problem[] {
  const wanted = versionsOf(plan);
  const before = versionsIn(deployed);
  const leaps = new Set(
    plan.components.flatMap(({ stages }) =>
      stages.filter(isChart).flatMap(({ chart, skipsMinors }) => (skipsMinors === true ? [chart] : [])),
    ),
  );
  const steps = Object.entries(wanted).flatMap(([name, to]) => {
    const from = Object.hasOwn(before, name) ? before[name] : undefined;
    return from === undefined || from === to ? [] : stepProblems(name, from, to, leaps.has(name));
  });
  return [...pairProblems(wanted), ...steps, ...successorProblems(wanted, before)];
}

/** Releases of these versions that are known not to work together. */
export function pairProblems(versions: Versions): Problem[] {
  return BAD_PAIRS.filter(({ one, other }) => isIn(versions, one) && isIn(versions, other)).map(
    ({ one, other, why, fix }) => {
      const [first, second] = [named(versions, one), named(versions, other)];
      const given = first === second ? first : `${first} with ${second}`;
      return { where: `versions of ${one.name}`, given, rule: why, fix };
    },
  );
}

function stepProblems(name: string, from: string, to: string, leaps: boolean): Problem[] {
  const where = `upgrade of ${name}`;
  const given = `${from} → ${to}`;
  const bad = BAD_STEPS.filter((step) => step.name === name && matches(from, step.from) && matches(to, step.to));
  if (bad.length > 0) return bad.map(({ why, fix }) => ({ where, given, rule: why, fix }));
  const [old, next] = [semver.coerce(from), semver.coerce(to)];
  if (old === null || next === null) return [];
  if (semver.lt(next, old) && old.major * 1e6 + old.minor !== next.major * 1e6 + next.minor) {
    const rule = "an older minor may not read what a newer one has stored";
    return [
      {
        where,
        given,
        rule,
        fix: `stay with ${from}, or restore a backup from before ${name} ${old.major}.${old.minor}`,
      },
    ];
  }
  const path = minorsBetween(old, next);
  if (leaps || path.length === 0) return [];
  const rule = "one minor at a time: each converts what the one before has stored";
  return [
    {
      where,
      given,
      rule,
      fix: `deploy ${[...path, `${next.major}.${next.minor}`].join(", then ")}, a release of each`,
    },
  ];
}

/** Minors that would be skipped; of another major, only its first is known to be next. */
function minorsBetween(from: semver.SemVer, to: semver.SemVer): string[] {
  if (to.major === from.major) {
    const skipped = to.minor - from.minor - 1;
    return skipped < 1 ? [] : Array.from({ length: skipped }, (_, index) => `${from.major}.${from.minor + 1 + index}`);
  }
  const skipped = to.major - from.major - 1;
  const majors = Array.from({ length: Math.max(0, skipped) }, (_, index) => `the last of ${from.major + 1 + index}`);
  return to.minor === 0 && skipped < 1
    ? []
    : [`the last of ${from.major}`, ...majors, ...(to.minor === 0 ? [] : [`${to.major}.0`])];
}

function successorProblems(wanted: Versions, before: Versions): Problem[] {
  return Object.entries(NO_SUCCESSORS)
    .filter(([name, { of }]) => name in wanted && of in before)
    .map(([name, { of, why }]) => ({
      where: `upgrade of ${of}`,
      given: `${of} ${before[of] ?? ""} → ${name} ${wanted[name] ?? ""}`,
      rule: `one cannot take the place of the other: ${why}`,
      fix: `keep ${of}, or make a new cloud with ${name} and move tenants to it`,
    }));
}

function isIn(versions: Versions, { name, range }: VersionsOf): boolean {
  const version = Object.hasOwn(versions, name) ? versions[name] : undefined;
  return version !== undefined && matches(version, range);
}

/** Previews count as the release that they come before. */
function matches(version: string, range: string): boolean {
  const plain = semver.coerce(version);
  return plain !== null && semver.satisfies(plain, range);
}

function named(versions: Versions, { name }: VersionsOf): string {
  return `${name} ${versions[name] ?? ""}`;
}

function versionsIn(value: unknown): Versions {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, version]) => typeof version === "string")) as Versions;
}
