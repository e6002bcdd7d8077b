import type { NodePool } from "../settings";
import { kubeadm } from "./kubeadm";
import { talos } from "./talos";

/** How machines of a pool can join, by the name that settings give it. One folder, one import and one entry each. */
const BOOTSTRAPS = { kubeadm, talos };

/** How the machines of a pool join. */
export function bootstrapOf({ bootstrap }: Pick<NodePool, "bootstrap">) {
  return BOOTSTRAPS[bootstrap];
}

/** What a template of any of them says. */
export type BootstrapSpec = ReturnType<ReturnType<typeof bootstrapOf>["template"]["spec"]>;
