import { component } from "../../component";

const NAMESPACE = "multus";

/** Gives pods, and with them virtual machines, further network interfaces. */
export const multus = component({
  name: "multus",
  description: "Further network interfaces of pods and virtual machines.",
  group: "networking",
  // its pods are on the network of the machines
  namespaces: { [NAMESPACE]: { podSecurity: "privileged" } },
  stages: [
    {
      chart: "multus",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["secondary-networks"],
      timeout: 600,
      images: { imageRegistry: "ghcr.io" },
    },
  ],
});
