import { providerComponent } from "../../provider-component";

/** Control planes of clusters on machines of their own, beside those that the platform runs as pods. */
export const clusterApiKubeadmControlPlane = providerComponent({
  name: "cluster-api-kubeadm-control-plane",
  description: "Control planes of tenants on machines with an etcd each: Cluster API's own provider for it.",
  provides: "cluster-api/kubeadm-control-plane",
  kind: "ControlPlaneProvider",
  provider: "kubeadm",
  release: "control-plane-kubeadm",
  definitions: ["controlplane/kubeadm/config/crd/bases"],
  namespace: "capi-kubeadm-control-plane-system",
  prefix: "capi-kubeadm-control-plane-",
  contract: { core: "v1beta2", own: "v1beta2" },
});
