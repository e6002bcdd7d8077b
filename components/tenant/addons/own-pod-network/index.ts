import type { TenantAddon } from "../../addon";

/**
 * Stands for a pod network that the customer installs through the tenant's API. Machines join and stay not Ready until
 * then: no deployment waits for that, and none is replaced for it.
 */
export const ownPodNetwork: TenantAddon<"ownPodNetwork"> = {
  name: "ownPodNetwork",
  description: "Nothing: the customer installs a pod network, and nodes are Ready after that.",
  provides: ["pod-network"],
  needs: [],
  nodes: () => ({ readyLater: true }),
};
