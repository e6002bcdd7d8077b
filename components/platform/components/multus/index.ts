import { component } from "../../component";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

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
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});
