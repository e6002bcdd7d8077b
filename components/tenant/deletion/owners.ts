/** Who takes a finalizer away, and what it stands for. */
export interface FinalizerOwner {
  /** The finalizer, or how it begins. */
  readonly finalizer: string;
  /** Deployment `<namespace>/<name>` of the management cluster; undefined for parts of Kubernetes itself. */
  readonly deployment?: string;
  readonly controller: string;
  /** What has to happen first, for whoever looks for the cause. */
  readonly when: string;
}

const CORE = { controller: "Cluster API", deployment: "capi-system/capi-controller-manager" };
const KUBEVIRT_PROVIDER = {
  controller: "Cluster API provider KubeVirt",
  deployment: "capk-system/capk-controller-manager",
};
const VSPHERE_PROVIDER = {
  controller: "Cluster API provider vSphere",
  deployment: "capv-system/capv-controller-manager",
};
const KUBEADM = {
  controller: "Cluster API's kubeadm control plane",
  deployment: "capi-kubeadm-control-plane-system/capi-kubeadm-control-plane-controller-manager",
};
const KAMAJI = { controller: "Kamaji", deployment: "kamaji-system/kamaji" };
const VIRT = { controller: "KubeVirt", deployment: "kubevirt/virt-controller" };
const KUBERNETES = { controller: "the management cluster's kube-controller-manager" };

/**
 * Finalizers of what a tenant has in its namespace; the first that fits holds. From the sources of Cluster API 1.13, CAPK
 * 0.11, CAPV 1.16, Kamaji 26.8, KubeVirt 1.8, CDI 1.66 and Kubernetes 1.34.
 */
export const FINALIZER_OWNERS: readonly FinalizerOwner[] = [
  { finalizer: "cluster.cluster.x-k8s.io", ...CORE, when: "its machines, then its control plane are gone" },
  { finalizer: "machine.cluster.x-k8s.io", ...CORE, when: "its node has been drained and its virtual machine is gone" },
  { finalizer: "cluster.x-k8s.io/machine", ...CORE, when: "its machines are gone" },
  { finalizer: "kubevirtmachine.", ...KUBEVIRT_PROVIDER, when: "its virtual machine is gone" },
  { finalizer: "kubevirtcluster.", ...KUBEVIRT_PROVIDER, when: "what belongs to the cluster is gone" },
  { finalizer: "vspherecluster.", ...VSPHERE_PROVIDER, when: "what belongs to the cluster is gone" },
  { finalizer: "vspherecluster/", ...VSPHERE_PROVIDER, when: "no cluster uses the account any more" },
  { finalizer: "vspheremachine.", ...VSPHERE_PROVIDER, when: "its virtual machine is gone, which the vCenter deletes" },
  { finalizer: "vspherevm.", ...VSPHERE_PROVIDER, when: "its virtual machine is gone, which the vCenter deletes" },
  { finalizer: "kubeadm.controlplane.cluster.x-k8s.io", ...KUBEADM, when: "its machines are gone" },
  { finalizer: "kubevirt.io/", ...VIRT, when: "the guest has ended on its host, whose virt-handler must run" },
  {
    finalizer: "foregroundDeleteVirtualMachine",
    ...VIRT,
    when: "the guest has ended on its host, whose virt-handler must run",
  },
  {
    finalizer: "cdi.kubevirt.io/",
    controller: "CDI",
    deployment: "cdi/cdi-deployment",
    when: "the volume is not being filled any more",
  },
  {
    finalizer: "finalizer.kamaji.clastix.io",
    ...KAMAJI,
    when: "the state is out of the DataStore, which must be there and ready",
  },
  {
    finalizer: "addons.cluster.x-k8s.io",
    controller: "Cluster API's Helm add-on provider",
    deployment: "caaph-system/caaph-controller-manager",
    when: "its releases are uninstalled",
  },
  { finalizer: "kubernetes.io/pvc-protection", ...KUBERNETES, when: "no pod uses the claim any more" },
  {
    finalizer: "snapshot.storage.kubernetes.io/",
    controller: "the snapshot controller",
    when: "the snapshot is deleted in the storage",
  },
  {
    finalizer: "service.kubernetes.io/load-balancer-cleanup",
    controller: "the controller of load balancers",
    when: "its address is free",
  },
  { finalizer: "foregroundDeletion", ...KUBERNETES, when: "what it owns is gone" },
  { finalizer: "orphan", ...KUBERNETES, when: "what it owns has been let go" },
];
