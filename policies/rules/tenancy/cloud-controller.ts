import { objectRule, type Violation } from "../../engine/rule";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { acmes } from "./examples";
import { isInsideTenant, isPlatforms } from "../../engine/library/tenants";

const CCM = /(?:^|[-_.:])(?:k?ccm|cloud-controller(?:-manager)?)(?:[-_.:]|$)/;

function isCcm(target: Target): boolean {
  const { name, labels } = target;
  const app = labels.field("app.kubernetes.io/name");
  return (
    CCM.test(name.text ?? target.resource.name) || CCM.test(app.text ?? "") || CCM.test(labels.field("app").text ?? "")
  );
}

const WRITES = ["create", "update", "patch", "delete", "deletecollection", "*"];

/** An annotation that says why: `<any prefix>/reason`. */
function hasReason({ annotations }: Target): boolean {
  return annotations
    .entries()
    .some(([name, value]) => name.endsWith("/reason") && (value.text ?? "").trim().length >= 10);
}

const ccmRole = (rules: object[], kind = "Role") =>
  acmes("rbac.authorization.k8s.io/v1", kind, { rules }, { name: "acme-cloud-controller-manager" });

export const ccmRbac = objectRule({
  id: "tenant-ccm-rbac",
  group: "tenancy",
  title: "Cloud controller's rights stay in the namespace",
  severity: "critical",
  references: ["CIS 5.1.3", "MTB PL1-BC-CPI-1"],
  kinds: [
    "rbac.authorization.k8s.io/Role",
    "rbac.authorization.k8s.io/RoleBinding",
    "rbac.authorization.k8s.io/ClusterRole",
    "rbac.authorization.k8s.io/ClusterRoleBinding",
  ],
  fix: "use a Role in the tenant's namespace with the verbs it needs, without secrets; annotate …/reason where it updates machines",
  docs: {
    why: "The cloud controller of a tenant acts on objects that the tenant writes into its own API. If it has rights outside of the namespace, the tenant can use them through it.",
    pass: ccmRole([
      { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch", "create", "update", "delete"] },
    ]),
    fail: ccmRole([{ apiGroups: [""], resources: ["services"], verbs: ["*"] }]),
  },
  *check(target, settings) {
    if (isPlatforms(target, settings) || isInsideTenant(target, settings) || !isCcm(target)) return;
    if (target.kind.endsWith("Binding")) return yield* bindingFaults(target);
    for (const rule of target.root.field("rules").items()) yield* roleFaults(target, rule);
  },
});

function* bindingFaults(target: Target): Generator<Violation> {
  const role = target.root.field("roleRef");
  const name = role.field("name");
  // a ClusterRole of its own is evaluated itself: it may read nodes
  if (role.field("kind").is("ClusterRole") && !(target.kind === "ClusterRoleBinding" && CCM.test(name.text ?? ""))) {
    yield { at: name, message: `ClusterRole ${name.text ?? "?"} gives it rights outside of its namespace` };
  }
}

function* roleFaults(target: Target, rule: View): Generator<Violation> {
  for (const part of ["verbs", "resources", "apiGroups"]) {
    for (const each of rule.field(part).items()) {
      if (each.is("*")) yield { at: each, message: `* in ${part} also grants what is added later` };
    }
  }
  const verbs = rule.field("verbs").texts();
  for (const resource of rule.field("resources").items()) {
    if (/^secrets(?:\/|$)/.test(resource.text ?? "")) yield { at: resource, message: "it does not need secrets" };
    const machines = /^virtualmachine(?:instance)?s(?:\/|$)/.test(resource.text ?? "");
    if (machines && verbs.some((verb) => WRITES.includes(verb)) && !hasReason(target)) {
      yield {
        at: resource,
        message: "it changes machines, and no annotation gives the reason",
        unless: [target.annotations],
      };
    }
    const reading = resource.is("nodes") && verbs.every((verb) => verb === "get");
    if (target.kind === "ClusterRole" && !reading) {
      yield { at: resource, message: "across all namespaces it may get nodes, and nothing else" };
    }
  }
}
