import type { InfrastructureKind } from "../infrastructure";
import type { KubevirtMachineTemplateSpec } from "./kinds";
import { machineNetworks, poolProblems, tenantProblems } from "./rules";
import { machineTemplateSpec } from "./template";

const apiVersion = "infrastructure.cluster.x-k8s.io/v1alpha1";

/** Virtual machines of the management cluster, in the tenant's namespace (Cluster API provider of KubeVirt). */
export const kubevirt: InfrastructureKind<KubevirtMachineTemplateSpec> = {
  name: "kubevirt",
  capability: "cluster-api/infrastructure",
  cluster: {
    kind: "KubevirtCluster",
    apiVersion,
    // makes its provider leave endpoint and load balancer to the control plane's provider
    body: () => ({ annotations: { "cluster.x-k8s.io/managed-by": "kamaji" } }),
  },
  // its webhook refuses updates
  template: { kind: "KubevirtMachineTemplate", apiVersion, spec: machineTemplateSpec },
  inNamespace: true,
  networks: machineNetworks,
  joining: { commands: [] },
  observed: [
    { apiGroups: ["infrastructure.cluster.x-k8s.io"], resources: ["kubevirtclusters", "kubevirtmachines"] },
    { apiGroups: ["kubevirt.io"], resources: ["virtualmachines", "virtualmachineinstances"] },
  ],
  check: tenantProblems,
  checkPool: poolProblems,
  notices: () => [],
};
