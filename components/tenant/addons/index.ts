import { calico } from "./calico";
import { cilium } from "./cilium";
import { csi } from "./csi";
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
  csi,
  kubeletCertificates,
  metricsServer,
  helm,
  flux,
];

/** The add-ons that a tenant has, each after those that provide what it needs. */
export function installedAddons({ addons }: Pick<Tenant, "addons">): readonly TenantAddon[] {
  const chosen = { ...addons, csi: { enabled: addons.csi.enabled ?? addons.csi.image !== undefined } };
  return inOrder(ADDONS.filter(({ name }) => chosen[name].enabled));
}
