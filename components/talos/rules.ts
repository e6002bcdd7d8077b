import type { Problem } from "../core/problem";
import { kubeletMayLabel, labelProblems } from "../core/node-labels";
import { bootAddressProblems } from "./boot-address";
import { adoptionProblems } from "./adopted-keys";
import { endpointProblems, vipProblems } from "./endpoint";
import { imageProblems } from "./image/problems";
import { installDiskProblems } from "./install-disk";
import { kubernetesProblems } from "./kubernetes-patches";
import { linkProblems } from "./link-problems";
import { addressProblems, networkProblems } from "./network-problems";
import { patchProblems } from "./patches";
import { registryProblems } from "./registries";
import type { BaseSettings } from "./settings";
import { userVolumeProblems } from "./user-volumes";
import { talosVersionProblems } from "./version";

/** Settings that are well formed and contradict each other, or that the machines would not accept. */
export function contradictions(base: BaseSettings): Problem[] {
  return [
    ...talosVersionProblems(base),
    ...imageProblems(base),
    ...installDiskProblems(base),
    ...userVolumeProblems(base),
    ...kubernetesProblems(base),
    ...controlPlaneProblems(base),
    ...addressProblems(base),
    ...bootAddressProblems(base),
    ...endpointProblems(base),
    ...vipProblems(base),
    ...linkProblems(base),
    ...machineLabelProblems(base),
    ...registryProblems(base),
    ...adoptionProblems(base),
    ...patchProblems(base),
    ...networkProblems(base),
  ];
}

/**
 * A worker labels its node with the rights of a kubelet. For one label that it may not set the API server refuses the
 * update with all others, and only the machine's log says so; control planes have the rights of an administrator
 * (Talos 1.13.0; siderolabs/talos#10122, #6750).
 */
function machineLabelProblems({ machines }: BaseSettings): Problem[] {
  return Object.entries(machines).flatMap(([name, { role, labels }]) =>
    labelProblems(
      `base.machines.${name}.labels`,
      labels,
      (key) => role === "controlplane" || kubeletMayLabel(key),
      "use a domain of your own",
    ),
  );
}

function controlPlaneProblems({ machines, tier }: BaseSettings): Problem[] {
  const count = Object.values(machines).filter(({ role }) => role === "controlplane").length;
  const where = "base.machines";
  if (count % 2 === 0) {
    const given = count === 0 ? "no control plane" : `${count} control planes`;
    const rule = "must be an odd number: etcd needs a majority";
    return [{ where, given, rule, fix: "give 1, 3 or 5 machines the role controlplane" }];
  }
  if (count > 1 || tier !== "production") return [];
  const rule = "a production cloud must survive the loss of one";
  const fix = "add two machines with the role controlplane, or set tier to development";
  return [{ where, given: "1 control plane", rule, fix }];
}
