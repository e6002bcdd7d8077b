import type { InfrastructureKind } from "../infrastructure";
import type { VSphereMachineTemplateSpec } from "./kinds";
import { poolProblems, tenantNotices, tenantProblems } from "./rules";
import { clusterSpec, machineTemplateSpec, vsphereOf } from "./template";

const apiVersion = "infrastructure.cluster.x-k8s.io/v1beta2";

/** Virtual machines of a vSphere (Cluster API provider of vSphere). */
export const vsphere: InfrastructureKind<VSphereMachineTemplateSpec> = {
  name: "vsphere",
  capability: "cluster-api/vsphere",
  cluster: { kind: "VSphereCluster", apiVersion, body: (tenant) => ({ spec: clusterSpec(tenant) }) },
  template: { kind: "VSphereMachineTemplate", apiVersion, spec: machineTemplateSpec },
  inNamespace: false,
  networks: (tenant) => vsphereOf(tenant).machineNetworks,
  // images are the same for all: the name comes with the metadata that the provider hands to a machine
  joining: {
    nodeName: "{{ local_hostname }}",
    commands: ['hostnamectl set-hostname "{{ ds.meta_data.hostname }}"'],
  },
  observed: [
    {
      apiGroups: ["infrastructure.cluster.x-k8s.io"],
      resources: ["vsphereclusters", "vspheremachines", "vspherevms"],
    },
  ],
  check: tenantProblems,
  checkPool: poolProblems,
  notices: tenantNotices,
};
