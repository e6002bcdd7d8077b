import { resourcesOf } from "../../engine/targets";
import { Target } from "../../engine/target";
import { isUnknown, UNKNOWN } from "../../engine/unknown";
import { printPath, Reader, View } from "../../engine/view";
import { RELEASE, chartSource } from "./source";
import { releaseId } from "../../engine/library/helm/render-record";

/** What helm has to know of a release. */
export interface Release {
  /** `<namespace>/<name>`. */
  readonly id: string;
  readonly urn: string | undefined;
  readonly name: string;
  readonly namespace: string;
  /** As the release writes it. */
  readonly chart: string;
  readonly version: string | undefined;
  readonly source: { readonly location: string; readonly name: string; readonly local: boolean };
  readonly values: unknown;
  /** Texts of files of values, before `values`. */
  readonly valueFiles: readonly string[];
  readonly skipCrds: boolean;
  /** Whether it stays in the cluster when it leaves the program. */
  readonly retained: boolean;
  readonly provider: unknown;
}

/** Why a release could not be rendered. */
export interface RenderFailure {
  /** `<namespace>/<name>` of the release. */
  readonly release: string;
  readonly urn?: string | undefined;
  readonly message: string;
}

/** The releases among resources; those that cannot be rendered for what they say are failures already. */
export function readReleases(resources: readonly unknown[]): { releases: Release[]; failures: RenderFailure[] } {
  const releases: Release[] = [];
  const failures: RenderFailure[] = [];
  for (const resource of resourcesOf(resources)) {
    if (!/^kubernetes:helm\.sh\/[^:]+:Release$/.test(resource.type)) continue;
    const target = new Target(resource, new View(resource.props, new Reader()), false);
    if (target.key !== RELEASE) continue;
    const read = readRelease(target);
    if (typeof read === "string") failures.push({ release: releaseId(target), urn: resource.urn, message: read });
    else releases.push(read);
  }
  return { releases, failures };
}

/** A release, or why it cannot be rendered. */
function readRelease(target: Target): Release | string {
  const { root, resource } = target;
  const source = chartSource(target);
  // of values, what is known is rendered all the same
  const values = root.field("values");
  const inputs = { ...(resource.props as object), values: values.unknown ? UNKNOWN : undefined };
  const unknown = firstUnknown(inputs);
  if (unknown !== undefined) return `${unknown} is not known before deployment; check the stack again afterwards`;
  const chart = source.chart.text;
  if (chart === undefined || source.location === undefined || source.name === undefined)
    return "no chart is named; set chart";
  const namespace = root.field("namespace").text ?? "default";
  const name = root.field("name").text ?? resource.name;
  for (const text of [chart, namespace, name, source.version.text ?? ""]) {
    if (text.startsWith("-")) return `"${text.slice(0, 80)}" cannot be given to helm; correct the release`;
  }
  if (root.field("postrender").present)
    return "its output is changed by a post-renderer, which is not run; check what that makes";
  const files = root.field("valueYamlFiles").items();
  const texts = files.map((file) => file.field("text").text);
  const readable = texts.filter((text) => text !== undefined);
  if (readable.length < texts.length) return "a file of values is not part of the resource; give its content as values";
  return {
    id: releaseId(target),
    urn: resource.urn,
    name,
    namespace,
    chart,
    version: source.version.text,
    source: { location: source.location, name: source.name, local: source.local },
    values: values.value ?? {},
    valueFiles: readable,
    skipCrds: root.field("skipCrds").is(true),
    retained: resource.opts.retainOnDelete === true,
    provider: resource.provider,
  };
}

/** Path of a value that a preview does not know. Keeps no stack, ends on cycles. */
function firstUnknown(start: unknown): string | undefined {
  const seen = new Set<unknown>();
  const pending: { readonly value: unknown; readonly path: readonly (string | number)[] }[] = [
    { value: start, path: [] },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path } = next;
    if (isUnknown(value)) return printPath(path);
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const [name, inner] of Object.entries(value))
      pending.push({ value: inner, path: [...path, Array.isArray(value) ? Number(name) : name] });
  }
  return undefined;
}
