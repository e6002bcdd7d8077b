import { SIMULATED as DEFINITIONS } from "./charts";

/** What runs as it does on hardware. Printed at the end of a start and listed in the README. */
export const REAL: readonly string[] = [
  "Pulumi engine, state, secrets and policies",
  "Kubernetes provider and Helm",
  "etcd, kube-apiserver, controller-manager and scheduler",
  "Cluster API core, kubeadm bootstrap and KubeVirt infrastructure managers",
  "machine configuration, its validation and its PKI",
];

/** What stands in for hardware and for what needs it. */
export const SIMULATED: readonly string[] = [
  "Talos machines (their API is real, nothing is installed)",
  "nodes and pods (KWOK)",
  "Kamaji (a real kube-apiserver per tenant)",
  "KubeVirt and CDI (machines join the tenant with their real token)",
  "Cluster API operator, cert-manager, LINSTOR, MetalLB (status only)",
  "charts (real names, versions and CRDs; minimal workloads)",
  ...DEFINITIONS.map(({ component, what }) => `${component}: ${what}`),
];
