import { manifestViews } from "../../manifests";
import type { Target } from "../../target";
import type { View } from "../../view";
import { talosConfig } from "./config";

/** As much as Talos would ever take in one manifest. */
const MAX_LENGTH = 1 << 20;

/**
 * The Kubernetes objects that machines run, as static pods, and those that control planes apply when they boot. They are
 * evaluated like all others.
 *
 * What cannot be read is said by the rules about the configuration itself, not once more for every machine.
 */
export function inlineManifests(target: Target): View[] | undefined {
  const { root } = target;
  if (["machineConfigurationInput", "configPatches"].some((name) => root.field(name).unreadable)) return undefined;
  const config = target.memo(talosConfig);
  if (config === undefined) return undefined;
  const { machine, cluster, documents } = config;
  // since Talos 1.14 each of them may be a document
  const texts = [
    ...listed(cluster.field("inlineManifests")).map((manifest) => manifest.field("contents")),
    ...documents("KubeInlineManifestConfig").map((document) => document.field("manifest")),
  ];
  const pods = [
    ...listed(machine.field("pods")),
    ...documents("KubeStaticPodConfig").map((document) => document.field("pod")),
  ];
  return [...texts.filter((text) => (text.text?.length ?? 0) <= MAX_LENGTH).flatMap(manifestViews), ...pods];
}

function listed(list: View): readonly View[] {
  return Array.isArray(list.value) ? list.items() : [];
}
