import { auditPolicyOf } from "../kubernetes/audit-policy";
import type { Audit } from "../kubernetes/settings/audit";

/** `userData` of virtual machines and bootstrap data of machines hold keys. */
const CONCEALED = [{ group: "bootstrap.cluster.x-k8s.io" }, { group: "kubevirt.io" }];

/** `cluster.apiServer.auditPolicy`; nothing where it is what Talos generates: who did what, of every request. */
export function auditPolicy(audit: Audit): { readonly auditPolicy?: object } {
  if (audit.level === "Metadata" && audit.rules.length === 0) return {};
  return { auditPolicy: auditPolicyOf(audit, CONCEALED) };
}
