import { parameters, textsByName } from "../../parameters";
import type { Settings } from "../../settings";
import type { Target } from "../../target";

/** What was rendered, as `renderReleases` writes it down: by `<namespace>/<name>`. */
export interface RenderRecord {
  readonly chart: string;
  readonly version: string;
  /** Hex sha256 of the archive, where it came as a file. */
  readonly digest?: string;
}

export const RENDERED_PARAMS = parameters("helm-rendered", (z) => ({
  renders: z
    .record(z.string(), z.object({ chart: z.string(), version: z.string(), digest: z.string().optional() }).partial())
    .describe("What was rendered, by `<namespace>/<name>` of the release; written by `firmament`."),
  failures: textsByName(z).describe("Why a release could not be rendered, by `<namespace>/<name>`."),
  stubCharts: z
    .boolean()
    .describe("Whether the charts are stub charts with the names of the real ones, as in a sandbox."),
}));

/**
 * Releases whose own charts were rendered, by `<namespace>/<name>`. There are none where parameter `stubCharts` is set.
 */
export function renderedReleases(settings: Settings): ReadonlySet<string> {
  const { renders = {}, stubCharts = false } = RENDERED_PARAMS.of(settings);
  return new Set(stubCharts ? [] : Object.keys(renders));
}

/** Name by which Helm knows the release: its input, or the name in the program. */
export function releaseId({ root, resource }: Target): string {
  return `${textOf(root.field("namespace")) ?? ""}/${textOf(root.field("name")) ?? resource.name}`;
}

/** Why a release could not be rendered, where it was tried. */
export function failureOf(target: Target, settings: Settings): string | undefined {
  const { failures = {} } = RENDERED_PARAMS.of(settings);
  const id = releaseId(target);
  return Object.hasOwn(failures, id) ? failures[id] : undefined;
}

/** What is known of how a release was rendered. */
export function recordOf(target: Target, settings: Settings): Partial<RenderRecord> | undefined {
  const { renders = {} } = RENDERED_PARAMS.of(settings);
  const id = releaseId(target);
  return Object.hasOwn(renders, id) ? (renders[id] as Partial<RenderRecord>) : undefined;
}

function textOf(view: Target["name"]): string | undefined {
  return view.unreadable ? undefined : view.text;
}
