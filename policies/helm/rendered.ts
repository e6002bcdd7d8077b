import { stackRule } from "../rule";
import { parameter, type Settings } from "../settings";
import type { Stack } from "../stack";
import type { Subject } from "../subject";
import { deployment } from "../examples";
import { release } from "./examples";
import { RELEASE_NAME, RELEASE_NAMESPACE, releaseOf } from "./release-marks";
import { RELEASE } from "./source";

/** What was rendered, as `renderReleases` writes it down: by `<namespace>/<name>`. */
export interface RenderRecord {
  readonly chart: string;
  readonly version: string;
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

function textOf(view: Subject["name"]): string | undefined {
  return view.unreadable ? undefined : view.text;
}

/** Name by which Helm knows the release: its input, or the name in the program. */
export function releaseId({ root, resource }: Subject): string {
  return `${textOf(root.field("namespace")) ?? ""}/${textOf(root.field("name")) ?? resource.name}`;
}

/** What the objects of a stack say they belong to: the URN of a release, or `<namespace>/<name>` of one. */
function renderedIn(stack: Stack): ReadonlySet<string> {
  const known = new Set<string>();
  for (const subject of [...stack.subjects, ...stack.context]) {
    const { parent } = subject.resource.opts;
    if (!subject.kubernetes) continue;
    if (parent !== undefined) known.add(parent);
    const release = releaseOf(subject);
    if (release !== undefined) known.add(release);
  }
  return known;
}

/** What a parameter of the rule, a map by release, says of one. */
function saidOf(subject: Subject, settings: Settings, name: "renders" | "failures"): unknown {
  const all = parameter(settings, "helm-rendered", name);
  const id = releaseId(subject);
  return typeof all === "object" && all !== null && Object.hasOwn(all, id)
    ? (all as Record<string, unknown>)[id]
    : undefined;
}

function recordOf(subject: Subject, settings: Settings): Partial<RenderRecord> | undefined {
  const record = saidOf(subject, settings, "renders");
  return typeof record === "object" && record !== null ? record : undefined;
}

const RENDERED = {
  ...deployment(),
  metadata: { name: "web", namespace: "shop", annotations: { [RELEASE_NAME]: "shop", [RELEASE_NAMESPACE]: "shop" } },
};

/**
 * What a chart renders is judged by all rules like everything else, once it is there: `renderReleases` turns releases
 * into resources beside them. This rule says of which release nothing is there.
 */
export const rendered = stackRule({
  id: "helm-rendered",
  group: "H",
  title: "What the chart renders is checked too",
  severity: "critical",
  references: ["pulumi-kubernetes#2134"],
  types: [RELEASE],
  fix: "give helm to `firmament check`, or to `firmament policy-config` for the engine: they render and judge it",
  docs: {
    why: "To the engine a release is one resource: privileged pods, cluster-admin bindings and webhooks inside it are seen by no policy. Only its rendered manifests show what will run.",
    pass: { resources: [release(), RENDERED] },
    fail: release(),
  },
  *check(stack, settings) {
    const releases = stack.of(RELEASE);
    if (releases.length === 0) return;
    const known = renderedIn(stack);
    for (const subject of releases) {
      const { urn } = subject.resource;
      const failure = saidOf(subject, settings, "failures");
      if (typeof failure === "string") {
        yield { at: subject.root.field("chart"), message: `it could not be rendered: ${failure}` };
        continue;
      }
      if (known.has(releaseId(subject)) || (urn !== undefined && known.has(urn))) continue;
      const version = subject.root.field("version");
      const chart = subject.root.field("chart");
      const record = recordOf(subject, settings);
      if (record === undefined)
        yield {
          at: chart,
          message: "nobody has looked at what the chart renders",
          unless: [subject.root.field("namespace"), subject.root.field("name")],
          missing: true,
        };
      else if (record.chart !== chart.text || (record.version ?? "") !== (version.text ?? "")) {
        yield {
          at: chart,
          message: `what was looked at is ${record.chart ?? "?"} ${record.version ?? ""}`,
          unless: [version],
        };
      }
    }
  },
});
