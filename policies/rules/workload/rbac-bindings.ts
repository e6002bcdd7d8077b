import { parameters, names } from "../../engine/parameters";
import { layerOf, tenantOf } from "../../engine/layers";
import { objectRule } from "../../engine/rule";
import { isInsideTenant } from "../../engine/library/tenants";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { RBAC } from "./rbac-roles";
import { BINDINGS, rulesOf } from "./rbac-views";

/** Who is given a role. */

/** A binding in its own namespace; for examples. */
function binding(roleName: string, subject: object): object {
  const metadata = { name: "web", namespace: "shop" };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName };
  return { apiVersion: RBAC, kind: "RoleBinding", metadata, roleRef, subjects: [subject] };
}

const account = { kind: "ServiceAccount", name: "web", namespace: "shop" };
const group = (name: string) => ({ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name });
const harmless = binding("view", account);

function subjectsOf({ root }: Target): readonly View[] {
  return root.field("subjects").items();
}

/** `Kind/name` or `ServiceAccount/namespace/name`, as lists of allowed subjects write it. */
function nameOf(subject: View): string {
  const parts = [subject.field("kind").text, subject.field("namespace").text, subject.field("name").text];
  return parts.filter((part) => part !== undefined && part !== "").join("/");
}

const ADMIN = parameters("rbac-cluster-admin", (z) => ({
  subjects: names(z).describe("Who may have it: `Kind/name`, or `ServiceAccount/namespace/name`."),
}));

export const clusterAdmin = objectRule({
  id: "rbac-cluster-admin",
  group: "workload",
  title: "No cluster-admin binding",
  severity: "critical",
  references: ["CIS 5.1.1", "KSV-0111"],
  kinds: BINDINGS,
  fix: "bind a role that names what is needed, or list the subject in the parameter `subjects`",
  params: ADMIN,
  docs: {
    why: "cluster-admin has every right, also those that are added later. admin reads all Secrets of its namespace and can grant its rights to others.",
    pass: harmless,
    fail: binding("cluster-admin", account),
  },
  *check(target, settings) {
    const roleRef = target.root.field("roleRef");
    const name = roleRef.field("name");
    const tenants = layerOf(target.resource) === "tenant" || tenantOf(target, settings) !== undefined;
    const powerful = tenants ? ["cluster-admin", "admin", "edit"] : ["cluster-admin", "admin"];
    if (!powerful.includes(name.word ?? "")) return;
    // a Role called admin is its author's own; one called cluster-admin is the cluster's by mistake, or pretends to be
    if (roleRef.field("kind").is("Role") && !name.is("cluster-admin")) return;
    // a tenant's own cluster is its customer's, whose groups of users may do what they like there
    const given = subjectsOf(target);
    const inside = isInsideTenant(target, settings);
    if (inside && given.length > 0 && given.every((each) => each.field("kind").is("Group"))) return;
    const { subjects: allowed = [] } = ADMIN.of(settings);
    const others = given.filter((each) => !allowed.includes(nameOf(each)));
    if (others.length > 0 || allowed.length === 0) yield { at: name, message: `it grants ${name.text ?? ""}` };
  },
});

const ANONYMOUS = ["system:anonymous", "system:unauthenticated"];

export const anonymous = objectRule({
  id: "rbac-anonymous",
  group: "workload",
  title: "No anonymous binding",
  severity: "critical",
  references: ["C-0262", "KSV-0122", "gatekeeper k8sdisallowanonymous"],
  kinds: BINDINGS,
  fix: "remove the subject",
  docs: {
    why: "A role that is bound to these names is granted to everybody who reaches the API server, without a login.",
    pass: harmless,
    fail: binding("view", group("system:unauthenticated")),
  },
  *check(target) {
    for (const each of subjectsOf(target)) {
      const name = each.field("name");
      if (ANONYMOUS.includes(name.word ?? ""))
        yield { at: name, message: "everybody who reaches the API server gets the role" };
    }
  },
});

/** Roles for reading little, which Kubernetes itself gives to everybody. */
const READING =
  /^(?:view|system:(?:basic-user|discovery|public-info-viewer|service-account-issuer-discovery|monitoring))$/;

/** The role a binding gives, when it is among what is evaluated together. */
function roleOf(binding: Target): Target | undefined {
  const reference = binding.root.field("roleRef");
  const kind = reference.field("kind").text ?? "";
  return binding.neighbours?.all(`rbac.authorization.k8s.io/${kind}`).find((role) => {
    const near = kind !== "Role" || role.namespace.value === binding.namespace.value;
    return near && role.name.text === reference.field("name").text;
  });
}

/** Whether a role is known to give no more than reading what anybody may see. */
function onlyReads(role: Target | undefined): boolean {
  if (role === undefined || role.root.field("aggregationRule").present) return false;
  return role.memo(rulesOf).every((rule) => rule.reads);
}

export const systemGroups = objectRule({
  id: "rbac-system-groups",
  group: "workload",
  title: "No system group binding",
  severity: "critical",
  references: ["CIS 5.1.7", "KSV-0123"],
  kinds: BINDINGS,
  fix: "bind a group or account of your own",
  docs: {
    why: "system:masters bypasses authorization; the other groups contain every account of the cluster, also those that are created later.",
    pass: harmless,
    fail: binding("view", group("system:masters")),
  },
  *check(target) {
    for (const each of subjectsOf(target)) {
      const name = each.field("name");
      const text = name.word ?? "";
      const everybody = text === "system:authenticated" && !READING.test(target.root.at("roleRef", "name").text ?? "");
      const role = everybody ? roleOf(target) : undefined;
      if (onlyReads(role)) continue;
      // system:serviceaccounts:<namespace> is bounded by its namespace and is allowed
      if (text === "system:masters" || text === "system:serviceaccounts" || everybody) {
        const unless = role === undefined ? [] : [role.root.field("rules")];
        yield { at: name, message: `${text} is a group of many accounts`, unless };
      }
    }
  },
});

export const defaultAccountBound = objectRule({
  id: "rbac-default-sa",
  group: "workload",
  title: "Default ServiceAccount unbound",
  severity: "medium",
  references: ["CKV_K8S_42", "CIS 5.1.5"],
  kinds: BINDINGS,
  fix: "bind an account of the workload's own",
  docs: {
    why: "Every pod that names no account uses the default one, and gets its roles.",
    pass: harmless,
    fail: binding("view", { ...account, name: "default" }),
  },
  *check(target) {
    for (const each of subjectsOf(target)) {
      const name = each.field("name");
      if (each.field("kind").word === "ServiceAccount" && name.word === "default") {
        yield { at: name, message: "all pods without an account get the role" };
      }
    }
  },
});
