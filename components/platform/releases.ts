import type { Problem } from "../core/problem";
import { type ChartSource, chartSource } from "../kubernetes/chart-source";
import { mirrored } from "../kubernetes/image-mirror";
import { sha256 } from "./charts/archive";
import { CHARTS_FOLDER, type ChartLock, type LockedChart, lockedChart } from "./charts/lock";
import type { Values } from "./common-settings";
import type { ChartStage, PlatformInputs } from "./component";

/** A release, ready to be made; plain data. */
export interface ReleasePlan {
  readonly name: string;
  readonly namespace: string;
  readonly source: ChartSource;
  readonly values: Values;
  readonly awaited: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly takesCrdsAlong: boolean;
  /**
   * What a chart is made of that `npm run charts` makes: it changes where upstream's version does not. Left out for
   * charts of upstream's repositories, whose versions never change.
   */
  readonly content?: string;
}

/**
 * @param vendored sha256 of a chart's file in the project, given its path there; undefined where there is none.
 * @throws InvalidInput when the chart is not in the lock.
 */
export function planRelease(
  stage: ChartStage,
  inputs: PlatformInputs,
  lock: ChartLock,
  vendored: (path: string) => string | undefined,
): ReleasePlan {
  const { chart, namespace, awaited = true, timeout, takesCrdsAlong = false } = stage;
  const locked = lockedChart(lock, chart);
  const { mirror, values } = inputs.settings;
  const source = sourceOf(chart, locked, mirror.charts);
  return {
    name: chart,
    namespace,
    source,
    values: [
      stage.values?.(inputs, { namespace, version: locked.version }) ?? {},
      imageValues(stage.images, mirror.images),
      values[chart] ?? {},
    ].reduce(merge),
    awaited,
    timeout,
    takesCrdsAlong,
    ...(locked.repository === undefined ? { content: contentOf(locked, source, vendored) } : {}),
  };
}

/** Digest of the chart's file or, where a mirror has it, of everything in the lock that it is made from. */
function contentOf(
  locked: LockedChart,
  { chart }: ChartSource,
  vendored: (path: string) => string | undefined,
): string {
  const file = chart.startsWith("./") ? vendored(chart) : undefined;
  return file ?? locked.digest ?? sha256(Buffer.from(JSON.stringify(locked)));
}

function sourceOf(chart: string, { version, repository }: LockedChart, mirror: string | undefined): ChartSource {
  return chartSource({ chart, version, repository: mirror ?? repository, folder: CHARTS_FOLDER });
}

/**
 * What is wrong with a chart that is installed from a file of the project.
 *
 * @param vendored sha256 of a chart's file in the project, given its path there; undefined where there is none.
 */
export function fileProblems(
  { name, source: { chart, version } }: ReleasePlan,
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
