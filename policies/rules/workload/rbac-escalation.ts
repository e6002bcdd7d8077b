import { parameters, names } from "../../engine/parameters";
import { objectRule } from "../../engine/rule";
import { harmless, role } from "./rbac-roles";
import { ROLES, rulesOf } from "./rbac-views";

/** What a wildcard of verbs steps over the check with. */
const BY_WILDCARD: readonly (readonly [group: string, resources: readonly string[], verbs: readonly string[]])[] = [
  ["rbac.authorization.k8s.io", ["roles", "clusterroles"], ["bind", "escalate"]],
  ["", ["users", "groups", "serviceaccounts"], ["impersonate"]],
];

const ESCALATE = parameters("rbac-escalate", (z) => ({ allowed: names(z).describe("Names of roles that may.") }));

export const escalate = objectRule({
  id: "rbac-escalate",
  group: "workload",
  title: "No RBAC escalation verb",
  severity: "critical",
  references: ["CIS 5.1.8", "CKV_K8S_157", "CKV_K8S_158"],
  kinds: ROLES,
  fix: "remove it; roles are granted by the platform's own stack",
  params: ESCALATE,
  docs: {
    why: "bind, escalate and impersonate bypass the check that a user grants only rights of its own. With them every role is as powerful as cluster-admin.",
    pass: harmless,
    fail: role("ClusterRole", {
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["clusterroles"],
      verbs: ["escalate"],
    }),
  },
  *check(target, settings) {
    if ((ESCALATE.of(settings).allowed ?? []).includes(target.name.text ?? "")) return;
    const grants = target.memo(rulesOf);
    for (const { view } of grants) {
      for (const verb of view.field("verbs").items()) {
        if (["bind", "escalate", "impersonate"].includes(verb.word ?? "")) {
          yield { at: verb, message: `${verb.text ?? ""} gives rights that the holder does not have` };
        }
      }
    }
    for (const [group, resources, verbs] of BY_WILDCARD) {
      const all = grants.find((grant) => grant.verbs.has("*") && grant.allows(group, resources, verbs));
      if (all !== undefined)
        yield { at: all.view.field("verbs"), message: `* includes ${verbs.join(" and ")} of ${resources.join(", ")}` };
    }
    const writes = (...resources: string[]) =>
      grants.find((grant) => grant.allows("rbac.authorization.k8s.io", resources, ["create", "update", "patch"]));
    const bindings = writes("rolebindings", "clusterrolebindings");
    if (bindings !== undefined && writes("roles", "clusterroles") !== undefined) {
      yield { at: bindings.view, message: "it writes both roles and their bindings" };
    }
  },
});
