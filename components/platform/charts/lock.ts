import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidInput } from "../../core/problem";

/** A file that is fetched when a chart is vendored. */
export interface PinnedFile {
  readonly url: string;
  /** Hex digest of its content; written by the first vendoring, checked by every later one. */
  readonly sha256?: string;
}

/** A change that vendoring makes to an object of upstream's manifest. */
export interface ManifestEdit {
  readonly kind: string;
  /** Where, in dots: `spec.template.spec.containers.0.resources`. */
  readonly path: string;
  readonly value: unknown;
  readonly why: string;
}

/**
 * Where one chart comes from. Exactly one of `repository`, `archive` and `manifests` is given; charts of the last two
 * kinds have no repository upstream and are made by `npm run charts`.
 */
export interface LockedChart {
  /** Exact version, as the repository writes it (with or without v). */
  readonly version: string;
  /** Helm repository: https://… of an index, or oci://… of the folder that holds the chart. */
  readonly repository?: string;
  /** A source archive (tar.gz) that has the chart in a folder. */
  readonly archive?: PinnedFile & { readonly path: string };
  /** Manifests that are wrapped into a chart. */
  readonly manifests?: readonly PinnedFile[];
  /** Namespace that the manifests name; the wrapped chart puts its release's namespace in its place. */
  readonly namespace?: string;
  readonly edits?: readonly ManifestEdit[];
  /** Hex sha256 of the packaged chart. */
  readonly digest?: string;
}

export type ChartLock = Readonly<Record<string, LockedChart>>;

/** Path of the lock file in the project. */
export const LOCK_FILE = join("versions", "charts.json");

/** Folder of the project that vendored charts are in, as `<chart>-<version>.tgz`. */
export const CHARTS_FOLDER = "charts";

/** @param root directory of the project. */
export function readChartLock(root: string): ChartLock {
  return JSON.parse(readFileSync(join(root, LOCK_FILE), "utf8")) as ChartLock;
}

/** @throws InvalidInput when the chart is not pinned: what is not in the lock is never installed. */
export function lockedChart(lock: ChartLock, chart: string): LockedChart {
  const locked = Object.hasOwn(lock, chart) ? lock[chart] : undefined;
  if (locked !== undefined) return locked;
  const rule = `must be one of the charts of ${LOCK_FILE}`;
  throw new InvalidInput("platform charts", [
    { where: chart, given: "not in the lock", rule, fix: "pin its version and source there first" },
  ]);
}
