import { manifestText } from "../../../core/manifest-text";
import { mirrored } from "../../../kubernetes/image-mirror";
import { taintText } from "../../node-registration";
import type { Tenant } from "../../settings";
import type { JoiningPool } from "../bootstrap";
import { kubeletArguments } from "../kubelet-arguments";
import type { TalosConfigTemplateSpec } from "./kinds";

/** Talos' own build of the kubelet, which it runs in the version that the machine is told. */
const KUBELET = "ghcr.io/siderolabs/kubelet";

/** What settings say comes first, so that patches of the pool's owner add to it. */
export function talosTemplate(tenant: Tenant, pool: JoiningPool): TalosConfigTemplateSpec {
  const { version, strategicPatches } = given(pool);
  return {
    template: {
      spec: {
        generateType: "worker",
        talosVersion: version,
        hostname: { source: "MachineName" },
        strategicPatches: [manifestText(settingsPatch(tenant, pool)), ...strategicPatches],
      },
    },
  };
}

/** Rules refuse a pool without. */
function given({ talos }: JoiningPool): NonNullable<JoiningPool["talos"]> {
  if (talos === undefined) throw new RangeError("a pool that runs Talos needs its version");
  return talos;
}

/**
 * Labels and taints are arguments of the kubelet: Talos' own fields for them are applied through the API, where a node may
 * not taint itself. The discovery service of Talos' makers would be told of every machine.
 */
function settingsPatch({ kubernetesVersion, platform }: Tenant, pool: JoiningPool): object {
  const { images } = platform.mirror;
  const taints = pool.taints.map(taintText).join(",");
  return {
    machine: {
      kubelet: {
        ...(images === undefined ? {} : { image: `${mirrored(KUBELET, images)}:${kubernetesVersion}` }),
        extraArgs: {
          ...Object.fromEntries(kubeletArguments(pool)),
          ...(taints === "" ? {} : { "register-with-taints": taints }),
        },
      },
    },
    cluster: { discovery: { enabled: false } },
  };
}
