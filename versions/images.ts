/** Container images that no chart names, by what they are for. */
export const IMAGES = {
  /** Does nothing: the container of the sandbox's stub charts. */
  pause: "registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a",
  /** Cloud controllers of tenants; upstream names releases by their tags. */
  cloudController: "quay.io/kubevirt/kubevirt-cloud-controller-manager:v0.6.0",
  /** Holds the address of control planes on machines; upstream names releases by their tags. */
  kubeVip: "ghcr.io/kube-vip/kube-vip:v1.0.1",
} as const;
