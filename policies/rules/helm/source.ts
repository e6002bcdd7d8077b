import type { z as Library } from "zod";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { parseAddress } from "../../engine/library/urls";
import { isPinnedDigest } from "../../engine/library/images";
import type { View } from "../../engine/view";
import { recordOf } from "../../engine/library/helm/render-record";

/** Everything that installs a chart: Release and Chart of any version of the package, and Cluster API's addon. */
export const CHART_KINDS = ["helm.sh/Release", "helm.sh/Chart", "addons.cluster.x-k8s.io/HelmChartProxy"];

export const RELEASE = "helm.sh/Release";

/** What is installed and where it comes from, the same for all kinds. */
export interface ChartSource {
  readonly target: Target;
  /** The value that says where the chart comes from: its repository, or the chart itself. */
  readonly at: View;
  /** Full address (https://repository, oci://repository/chart, https://…/chart.tgz), or a path. */
  readonly location: string | undefined;
  /** True for a path of the project. */
  readonly local: boolean;
  /** Name without repository, digest and version. */
  readonly name: string | undefined;
  readonly chart: View;
  readonly version: View;
  /** `sha256:…` at the end of an oci:// reference. */
  readonly digest: string | undefined;
  /** Where TLS can be switched off. */
  readonly insecure: readonly View[];
}

/** The chart that a target of CHART_KINDS installs; use it as `target.memo(chartSource)`. */
export function chartSource(target: Target): ChartSource {
  const { root, spec } = target;
  if (target.key === "addons.cluster.x-k8s.io/HelmChartProxy") {
    const insecure = [spec.at("tlsConfig", "insecureSkipTLSVerify")];
    return sourceOf(target, spec.field("chartName"), spec.field("repoURL"), spec.field("version"), insecure);
  }
  const options = [root, root.field("repositoryOpts"), root.field("fetchOpts")];
  const insecure = options.flatMap((holder) =>
    ["plainHttp", "insecureSkipTlsVerify", "insecureSkipTLSVerify", "insecureSkipTLSverify"].map((name) =>
      holder.field(name),
    ),
  );
  // the oldest of the three kinds has its own names for them
  const repositories = [root.at("repositoryOpts", "repo"), root.at("fetchOpts", "repo"), root.field("repo")];
  const repository = repositories.find((view) => view.unreadable || view.present) ?? root.at("repositoryOpts", "repo");
  const versions = [root.field("version"), root.at("fetchOpts", "version")];
  const version = versions.find((view) => view.unreadable || view.present) ?? root.field("version");
  const path = root.field("path");
  const chart = path.present && !root.field("chart").present ? path : root.field("chart");
  return sourceOf(target, chart, repository, version, insecure);
}

function sourceOf(
  target: Target,
  chart: View,
  repository: View,
  version: View,
  insecure: readonly View[],
): ChartSource {
  const base = { target, chart, version, insecure };
  const name = chart.text;
  const at = repository.unreadable || (repository.present && !repository.is("")) ? repository : chart;
  if (name === undefined || at.unreadable)
    return { ...base, at, location: undefined, local: false, name, digest: undefined };
  const [bare = "", digest] = name.split("@", 2);
  const short = bare.replace(/\/+$/, "").split("/").at(-1) ?? bare;
  const remote = /^[a-z][a-z0-9+.-]*:\/\//i;
  if (remote.test(name) && !name.startsWith("file://")) {
    const location = digest === undefined || !isPinnedDigest(digest) ? name : bare;
    return { ...base, at: chart, location, local: false, name: short, digest };
  }
  if (at === repository) return { ...base, at, location: repository.text, local: false, name: short, digest };
  return { ...base, at, location: name.replace(/^file:\/\//, ""), local: true, name: short, digest };
}

/** Where the chart comes from; what keeps that from being known is noted, for each rule that asks. */
export function locationOf({ location, at, chart }: ChartSource): string | undefined {
  if (location === undefined) for (const view of [at, chart]) void view.value;
  return location;
}

export function isOci(source: ChartSource): boolean {
  const location = locationOf(source);
  return location !== undefined && parseAddress(location)?.scheme === "oci";
}

/** The lock of charts of the project: by chart, its version and the digest of its archive. */
export const chartLock = (z: typeof Library) =>
  z
    .record(z.string(), z.object({ version: z.string().optional(), digest: z.string().optional() }))
    .describe("Charts that are pinned by their content: by name, version and sha256 digest.");

type LockParameters = { readonly chartLock?: Library.output<ReturnType<typeof chartLock>> | undefined };

/**
 * Whether the lock of charts that a check was given pins exactly this chart by its digest. Where the archive was seen
 * when it was rendered, it has to be the one of the lock.
 */
export function isLocked(source: ChartSource, settings: Settings, { chartLock = {} }: LockParameters): boolean {
  const { target, name, version } = source;
  const entry = name !== undefined && Object.hasOwn(chartLock, name) ? chartLock[name] : undefined;
  const digest = entry?.digest;
  if (entry?.version !== version.text || digest === undefined || !/^(?:sha256:)?[0-9a-f]{64}$/.test(digest))
    return false;
  const seen = recordOf(target, settings)?.digest;
  return seen === undefined || digest.endsWith(seen);
}

/** Whether a path is below the folder of charts of the project, however it is written. */
export function isVendored(path: string): boolean {
  if (path.startsWith("/") || /^[A-Za-z]:|\\/.test(path)) return false;
  const steps: string[] = [];
  for (const step of path.split("/")) {
    if (step === "..") {
      if (steps.pop() === undefined) return false;
    } else if (step !== "" && step !== ".") steps.push(step);
  }
  return steps.length > 1 && steps[0] === "charts";
}
