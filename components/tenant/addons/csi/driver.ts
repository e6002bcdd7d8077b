/** What StorageClasses call KubeVirt's CSI driver. */
export const DRIVER = "csi.kubevirt.io";

/** Its node plugin, where a cluster has what runs its nodes. */
export const NODE = { name: "kubevirt-csi-node", namespace: "kube-system" } as const;

/** What makes and attaches volumes, in the tenant's namespace of the management cluster. */
export const CONTROLLER = "csi-controller";
