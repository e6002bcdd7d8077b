import { Cidr } from "../../../core/cidr";
import { fieldsOf } from "../../../core/fields";
import { apiServers } from "../../capacity";
import { isAddress } from "../../settings/kubeadm-control-plane";
import type { ControlPlaneKind } from "../control-plane-kind";
import type { KubeadmControlPlaneSpec } from "./kinds";
import { kubeadmOf, planKubeadm } from "./plan";
import { kubeadmProblems } from "./rules";

/** Machines of its own, with an etcd on each (Cluster API's provider of kubeadm). */
export const kubeadm: ControlPlaneKind<KubeadmControlPlaneSpec> = {
  name: "kubeadm",
  capability: "cluster-api/kubeadm-control-plane",
  kind: "KubeadmControlPlane",
  plan: planKubeadm,
  served: (status) => fieldsOf(fieldsOf(status)["initialization"])["controlPlaneInitialized"] === true,
  api: (tenant) => {
    const { host, port } = kubeadmOf(tenant).endpoint;
    return `${host}:${port}`;
  },
  traffic: (tenant) => {
    const { host, networks } = kubeadmOf(tenant).endpoint;
    const own = isAddress(host) ? [Cidr.parse(`${host}/32`)] : [];
    return { inPods: false, networks: networks.length > 0 ? networks : own };
  },
  demand: () => ({ cpu: 0, memory: 0, pods: 0 }),
  // one more while they are replaced
  nodes: (tenant) => apiServers(tenant) + 1,
  check: kubeadmProblems,
};
