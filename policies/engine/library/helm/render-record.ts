import { parameter, type Settings } from "../../settings";
import type { Target } from "../../target";

/** What was rendered, as `renderReleases` writes it down: by `<namespace>/<name>`. */
export interface RenderRecord {
  readonly chart: string;
  readonly version: string;
  /** Hex sha256 of the archive, where it came as a file. */
  readonly digest?: string;
}

/**
 * Releases whose own charts were rendered, by `<namespace>/<name>`. Where parameter `standIns` says that charts only
 * stand for the real ones, as in a sandbox, there are none.
 */
export function renderedReleases(settings: Settings): ReadonlySet<string> {
  const renders = parameter(settings, "helm-rendered", "renders");
  const standIns = parameter(settings, "helm-rendered", "standIns") === true;
  return new Set(typeof renders === "object" && renders !== null && !standIns ? Object.keys(renders) : []);
}

/** Name by which Helm knows the release: its input, or the name in the program. */
export function releaseId({ root, resource }: Target): string {
  return `${textOf(root.field("namespace")) ?? ""}/${textOf(root.field("name")) ?? resource.name}`;
}

/** What a parameter of the rule, a map by release, says of one. */
export function saidOf(target: Target, settings: Settings, name: "renders" | "failures"): unknown {
  const all = parameter(settings, "helm-rendered", name);
  const id = releaseId(target);
  return typeof all === "object" && all !== null && Object.hasOwn(all, id)
    ? (all as Record<string, unknown>)[id]
    : undefined;
}

/** What is known of how a release was rendered. */
export function recordOf(target: Target, settings: Settings): Partial<RenderRecord> | undefined {
  const record = saidOf(target, settings, "renders");
  return typeof record === "object" && record !== null ? record : undefined;
}

function textOf(view: Target["name"]): string | undefined {
  return view.unreadable ? undefined : view.text;
}
