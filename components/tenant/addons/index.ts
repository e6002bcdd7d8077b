import { calico } from "./calico";
import { cilium } from "./cilium";
import { clusterAutoscaler } from "./cluster-autoscaler";
import { csi } from "./csi";
import { cloudController } from "./cloud-controller";
import { flux } from "./flux";
import { helm } from "./helm";
import { kubeletCertificates } from "./kubelet-certificates";
import { metricsServer } from "./metrics-server";
import { ownPodNetwork } from "./own-pod-network";
import type { TenantAddon } from "../addon";
import { inOrder } from "../addon-order";
import type { Tenant } from "../settings";

/** Every add-on that a tenant can have; its settings are in settings.ts. */
export const ADDONS: readonly TenantAddon<keyof Tenant["addons"]>[] = [
  cilium,
  calico,
  ownPodNetwork,
  clusterAutoscaler,
  csi,
  cloudController,
  kubeletCertificates,
  metricsServer,
  helm,
  flux,
];

/** The add-ons that a tenant has, each after those that provide what it needs. */
export function installedAddons(tenant: Pick<Tenant, "addons" | "nodePools">): readonly TenantAddon[] {
  return inOrder(ADDONS.filter(({ name, installed }) => installed?.(tenant) ?? tenant.addons[name].enabled ?? true));
}
