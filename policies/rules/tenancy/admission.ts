import { isTenantNamespace } from "../../engine/layers";
import { objectRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { kamajiControlPlane, tenantNamespace } from "./examples";
import { HOSTED_KINDS, hostedControlPlane } from "./hosted";

const PLUGINS = ["PodSecurity", "NodeRestriction", "ResourceQuota", "LimitRanger", "ServiceAccount"];
const LEVEL = "pod-security.kubernetes.io/enforce";

export const podSecurity = objectRule({
  id: "tenant-pod-security",
  group: "tenancy",
  title: "Admission plugins kept",
  severity: "high",
  references: ["CIS 1.2.11", "CIS 1.2.14", "CIS 1.2.15", "CIS 1.2.16", "CIS 5.2.1"],
  kinds: [...HOSTED_KINDS, "core/Namespace"],
  fix: `list ${PLUGINS.join(", ")} in admissionControllers, and enforce baseline or restricted on the tenant's namespace`,
  docs: {
    why: "Kamaji passes exactly the listed plugins on, and its default list leaves NodeRestriction out: an attacker in one machine can then change labels of other nodes, so that their pods are scheduled to it. Without PodSecurity a pod of the tenant can control its machine.",
    pass: { resources: [kamajiControlPlane(), tenantNamespace()] },
    fail: kamajiControlPlane({
      admissionControllers: ["LimitRanger", "PodSecurity", "ResourceQuota", "ServiceAccount"],
    }),
  },
  *check(target, settings) {
    if (target.key === "core/Namespace") return yield* namespaceFaults(target, settings);
    const { admission } = target.memo(hostedControlPlane);
    const given = admission.texts();
    const missing = PLUGINS.filter((plugin) => !given.includes(plugin));
    if (missing.length > 0) yield { at: admission, message: `${missing.join(", ")} missing`, missing: true };
    for (const plugin of admission.items()) {
      if (plugin.is("AlwaysAdmit")) yield { at: plugin, message: "AlwaysAdmit admits everything" };
    }
  },
});

function* namespaceFaults(target: Target, settings: Settings): Generator<Violation> {
  if (!isTenantNamespace(target, settings)) return;
  const level = target.labels.field(LEVEL);
  if (level.is("baseline") || level.is("restricted")) return;
  yield { at: level, message: "no Pod Security level is enforced in the tenant's namespace" };
}
