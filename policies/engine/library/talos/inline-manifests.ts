import { manifestViews } from "../../manifests";
import type { Target } from "../../target";
import type { View } from "../../view";
import { talosConfig } from "./config";

/** As much as Talos would ever take in one manifest. */
const MAX_LENGTH = 1 << 20;

/**
 * The Kubernetes objects that control planes apply when they boot. They are evaluated like all others.
 *
 * What cannot be read is said by the rules about the configuration itself, not once more for every machine.
 */
export function inlineManifests(target: Target): View[] | undefined {
  const { root } = target;
  if (["machineConfigurationInput", "configPatches"].some((name) => root.field(name).unreadable)) return undefined;
  const manifests = target.memo(talosConfig)?.cluster.field("inlineManifests");
  if (manifests === undefined || !Array.isArray(manifests.value)) return undefined;
  const texts = manifests.items().map((manifest) => manifest.field("contents"));
  return texts.filter((text) => (text.text?.length ?? 0) <= MAX_LENGTH).flatMap(manifestViews);
}
