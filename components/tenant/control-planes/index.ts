import type { Tenant } from "../settings";
import { kamaji } from "./kamaji";
import { kubeadm } from "./kubeadm";

/** What can run a control plane, by the name that settings give it. One folder, one import and one entry each. */
const CONTROL_PLANES = { kamaji, kubeadm };

/** What runs the control plane of a tenant. */
export function controlPlaneOf({ controlPlane }: { readonly controlPlane: Pick<Tenant["controlPlane"], "provider"> }) {
  return CONTROL_PLANES[controlPlane.provider];
}

/** What the object of any of them says. */
export type ControlPlaneSpec = ReturnType<ReturnType<typeof controlPlaneOf>["plan"]>["controlPlane"]["spec"];
