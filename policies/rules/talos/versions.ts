import { parseImage } from "../../engine/library/images";
import type { TalosConfig } from "../../engine/library/talos/config";
import { parseMinor } from "../../engine/versions";
import type { View } from "../../engine/view";
import { machineWith } from "./examples";
import { talosRule } from "./talos-rule";

/**
 * Kubernetes minors that a minor of Talos runs (machinery 1.12.0, 1.13.0 and 1.14.0-rc.1, pkg/machinery/compatibility):
 * six of them, which move with each release.
 */
const TALOS = { oldest: 12, newest: 14 } as const;
const supported = (talos: number) => ({ oldest: talos + 18, newest: talos + 23 });

const KUBELET = "ghcr.io/siderolabs/kubelet";

export const kubernetesVersion = talosRule({
  id: "talos-kubernetes-version",
  title: "Kubernetes version known to Talos",
  severity: "high",
  references: ["Talos support matrix", "terraform-provider-talos#320"],
  fix: "choose a Kubernetes version of the support matrix, or upgrade Talos first",
  docs: {
    why: "Machines refuse a configuration for a Kubernetes that their Talos does not know, one after the other, when the first of them may have restarted already.",
    pass: machineWith({ machine: { kubelet: { image: `${KUBELET}:v1.36.0` } } }),
    fail: machineWith({ machine: { kubelet: { image: `${KUBELET}:v1.37.0` } } }),
  },
  *check(config) {
    const installer = config.machine.at("install", "image");
    const talos = parseMinor(tagOf(installer));
    if (talos === undefined || talos < TALOS.oldest || talos > TALOS.newest) return;
    const { oldest, newest } = supported(talos);
    for (const at of kubernetesImages(config)) {
      const minor = parseMinor(tagOf(at));
      if (minor !== undefined && (minor < oldest || minor > newest))
        yield { at, message: `Talos 1.${talos} runs Kubernetes 1.${oldest} to 1.${newest}`, unless: [installer] };
    }
  },
});

function kubernetesImages({ machine, cluster, documents }: TalosConfig): View[] {
  const classic = ["apiServer", "controllerManager", "scheduler", "proxy"].map((name) => cluster.field(name));
  const kinds = ["KubeletConfig", "KubeAPIServerConfig", "KubeControllerManagerConfig", "KubeSchedulerConfig"];
  const sections = [machine.field("kubelet"), ...classic, ...kinds.flatMap((kind) => documents(kind))];
  return sections.map((section) => section.field("image"));
}

/** `v1.13.0` of an image, without what follows the version. */
function tagOf({ text }: View): string | undefined {
  return parseImage(text ?? "")?.tag?.replace(/[-+].*$/, "");
}
