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
import { vsphereCloudController } from "./vsphere-cloud-controller";
import type { Choosing, TenantAddon } from "../addon";
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
  vsphereCloudController,
  kubeletCertificates,
  metricsServer,
  helm,
  flux,
];

/** The add-ons that a tenant has, each after those that provide what it needs. */
export function installedAddons(tenant: Choosing): readonly TenantAddon[] {
  return inOrder(ADDONS.filter((addon) => fitsMachines(addon, tenant) && isChosen(addon, tenant)));
}

/** Whether the machines of a tenant are those that an add-on is for. */
export function fitsMachines({ infrastructure }: TenantAddon, tenant: Pick<Tenant, "infrastructure">): boolean {
  return infrastructure === undefined || infrastructure === tenant.infrastructure;
}

function isChosen({ name, installed }: (typeof ADDONS)[number], tenant: Choosing): boolean {
  return installed?.(tenant) ?? tenant.addons[name].enabled ?? true;
}
