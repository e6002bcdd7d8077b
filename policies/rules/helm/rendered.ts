import { stackRule } from "../../engine/rule";
import type { Stack } from "../../engine/stack";
import type { View } from "../../engine/view";
import { deployment } from "../../engine/library/examples";
import { release } from "./examples";
import { marksOf, RELEASE_NAME, RELEASE_NAMESPACE, releaseOf } from "../../engine/library/helm/release-marks";
import { failureOf, recordOf, releaseId, RENDERED_PARAMS } from "../../engine/library/helm/render-record";
import { RELEASE } from "./source";

/**
 * What the objects of a stack say they belong to: the URN of a release, or `<namespace>/<name>` of one; and where they
 * may say so once it is known.
 */
function renderedIn(stack: Stack): { known: ReadonlySet<string>; unclear: readonly View[] } {
  const known = new Set<string>();
  const unclear: View[] = [];
  for (const target of [...stack.targets, ...stack.context]) {
    const { parent } = target.resource.opts;
    if (!target.kubernetes) continue;
    if (parent !== undefined) known.add(parent);
    const release = releaseOf(target);
    if (release !== undefined) known.add(release);
    else unclear.push(...marksOf(target).filter(({ unknown }) => unknown));
  }
  return { known, unclear };
}

const RENDERED = {
  ...deployment(),
  metadata: { name: "web", namespace: "shop", annotations: { [RELEASE_NAME]: "shop", [RELEASE_NAMESPACE]: "shop" } },
};

/**
 * What a chart renders is evaluated by all rules like everything else, once it is there: `renderReleases` turns releases
 * into resources beside them. This rule says of which release nothing is there.
 */
export const rendered = stackRule({
  id: "helm-rendered",
  group: "helm",
  title: "Rendered manifests are checked too",
  severity: "critical",
  references: ["pulumi-kubernetes#2134"],
  types: [RELEASE],
  fix: "give helm to `firmament check`, or to `firmament policy-config` for the engine: they render and evaluate it",
  params: RENDERED_PARAMS,
  docs: {
    why: "To the engine a release is one resource: privileged pods, cluster-admin bindings and webhooks inside it are not seen by any policy. Only its rendered manifests show what will run.",
    pass: { resources: [release(), RENDERED] },
    fail: release(),
  },
  *check(stack, settings) {
    const releases = stack.of(RELEASE);
    if (releases.length === 0) return;
    const { known, unclear } = renderedIn(stack);
    for (const target of releases) {
      const { urn } = target.resource;
      const failure = failureOf(target, settings);
      if (failure !== undefined) {
        yield { at: target.root.field("chart"), message: `it could not be rendered: ${failure}` };
        continue;
      }
      if (known.has(releaseId(target)) || (urn !== undefined && known.has(urn))) continue;
      const version = target.root.field("version");
      const chart = target.root.field("chart");
      const record = recordOf(target, settings);
      if (record === undefined)
        yield {
          at: chart,
          message: "the manifests of the chart were not evaluated",
          unless: [target.root.field("namespace"), target.root.field("name"), ...unclear],
          missing: true,
        };
      else if (record.chart !== chart.text || (record.version ?? "") !== (version.text ?? "")) {
        yield {
          at: chart,
          message: `the manifests that were evaluated are of ${record.chart ?? "?"} ${record.version ?? ""}`,
          unless: [version],
        };
      }
    }
  },
});
