import type { Problem } from "../core/problem";
import type { Tenant } from "./settings";

/** Capabilities of the platform that a tenant may need, by the names that the platform gives them. */
export type Capability =
  | "cluster-api/addresses"
  | "cluster-api/control-plane"
  | "cluster-api/helm"
  | "cluster-api/infrastructure"
  | "cluster-api/kubeadm-control-plane"
  | "cluster-api/talos"
  | "cluster-api/vsphere"
  | "flux"
  | "virtual-networks";

/** What a controller of the platform has to be there for. */
export interface Wanted {
  /** Path of the settings: `tenant.addons.helm`. */
  readonly where: string;
  /** What is asked for, as it is said of it: `2 charts`. */
  readonly given: string;
  readonly capability: Capability;
  readonly fix: string;
}

/** Where the platform has nothing that would do it: objects of a kind that nothing serves. */
export function unserved({ platform }: Pick<Tenant, "platform">, { where, given, capability, fix }: Wanted): Problem[] {
  if (platform.capabilities?.includes(capability) === true) return [];
  return [{ where, given, rule: `the platform must provide ${capability}`, fix }];
}
