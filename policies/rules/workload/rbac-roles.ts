import { names, parameters } from "../../engine/parameters";
import { isTenants } from "../../engine/layers";
import { isInsideTenant } from "../../engine/library/tenants";
import { objectRule, type ResourceRule, type RuleFacts, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { CLUSTER_ROLE, ROLES, rulesOf, WRITE, type RoleRule } from "./rbac-views";

/** What roles may grant. Names of vendors' roles that need more go into the parameter `allowed` of a rule. */

export const RBAC = "rbac.authorization.k8s.io/v1";

/** A role with one rule; for examples. */
export function role(kind: "Role" | "ClusterRole", rule: object): object {
  const metadata = kind === "Role" ? { name: "web", namespace: "shop" } : { name: "web" };
  return { apiVersion: RBAC, kind, metadata, rules: [{ apiGroups: [""], ...rule }] };
}

/** A rule about each rule of a role. */
function grantRule(
  rule: RuleFacts & {
    readonly kinds: readonly string[];
    readonly check: (grant: RoleRule, role: Target, settings: Settings) => Iterable<Violation>;
  },
): ResourceRule {
  const { check, ...facts } = rule;
  const params = parameters(facts.id, (z) => ({ allowed: names(z).describe("Names of roles that may.") }));
  return objectRule({
    ...facts,
    params,
    *check(target, settings) {
      const { allowed = [] } = params.of(settings);
      if (allowed.length > 0 && allowed.includes(target.name.text ?? "")) return;
      for (const grant of target.memo(rulesOf)) yield* check(grant, target, settings);
    },
  });
}

export const harmless = role("Role", { resources: ["configmaps"], verbs: ["get"] });

export const wildcard = grantRule({
  id: "rbac-wildcard",
  group: "workload",
  title: "No RBAC wildcard",
  severity: "high",
  references: ["CIS 5.1.3", "CKV_K8S_49", "C-0187", "KSV-0044", "KSV-0045", "KSV-0046"],
  kinds: ROLES,
  fix: "name the verbs, resources and groups that are needed",
  docs: {
    why: "A wildcard also grants what will exist later: the resources of the next operator, the verbs of the next version.",
    pass: harmless,
    fail: role("Role", { resources: ["configmaps"], verbs: ["*"] }),
  },
  *check({ view }) {
    for (const name of ["verbs", "resources", "apiGroups", "nonResourceURLs"]) {
      for (const element of view.field(name).items()) {
        const { word: text } = element;
        if (text !== undefined && (text === "*" || (name === "resources" && text.includes("*")))) {
          yield { at: element, message: `${text} in ${name} also grants what is added later` };
        }
      }
    }
  },
});

export const secretsRead = grantRule({
  id: "rbac-secrets-read",
  group: "workload",
  title: "Secret reads narrow",
  severity: "high",
  references: ["CIS 5.1.2", "C-0015", "CKV2_K8S_5"],
  kinds: CLUSTER_ROLE,
  fix: "grant it in a Role, or name the secrets in resourceNames",
  docs: {
    why: "An account that reads the Secrets of a cluster gets every credential in it, those of all tenants and of the platform.",
    pass: role("Role", { resources: ["secrets"], verbs: ["get"], resourceNames: ["db"] }),
    fail: role("ClusterRole", { resources: ["secrets"], verbs: ["get", "list"] }),
  },
  *check(grant) {
    // a name does not bound list and watch: they show everything at once
    const verbs = grant.named ? ["list", "watch"] : ["get", "list", "watch"];
    if (grant.allows("", ["secrets"], verbs))
      yield { at: grant.view, message: "it reads the Secrets of the whole cluster" };
  },
});

const CONTROLLERS: readonly (readonly [group: string, resources: readonly string[]])[] = [
  ["", ["pods", "replicationcontrollers"]],
  ["apps", ["deployments", "statefulsets", "daemonsets", "replicasets"]],
  ["batch", ["jobs", "cronjobs"]],
];

export const podsCreate = grantRule({
  id: "rbac-pods-create",
  group: "workload",
  title: "Pod creation narrow",
  severity: "medium",
  references: ["CIS 5.1.4", "C-0188"],
  kinds: CLUSTER_ROLE,
  fix: "grant it in a Role of the namespace that needs it",
  docs: {
    why: "A pod may mount every Secret of its namespace and take every ServiceAccount in it. An account that may create pods in every namespace can act as every account.",
    pass: role("Role", { resources: ["pods"], verbs: ["create"] }),
    fail: role("ClusterRole", { resources: ["pods"], verbs: ["create"] }),
  },
  *check(grant) {
    const everywhere = CONTROLLERS.some(([group, resources]) => grant.allows(group, resources, ["create"]));
    if (everywhere) yield { at: grant.view, message: "it creates pods in every namespace" };
  },
});

export const podsExec = grantRule({
  id: "rbac-pods-exec",
  group: "workload",
  title: "No exec or attach grant",
  severity: "high",
  references: ["C-0002", "CKV2_K8S_2", "KSV-0053"],
  kinds: ROLES,
  fix: "remove it; people debug through accounts that expire and are audited",
  docs: {
    why: "A shell in a pod has all rights of the pod, and its changes are not in the code.",
    pass: harmless,
    fail: role("Role", { resources: ["pods/exec"], verbs: ["create"] }),
  },
  *check(grant) {
    const resources = ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy"];
    if (grant.allows("", resources, ["create", "get", "update", "patch"])) {
      yield { at: grant.view, message: "it may open shells or connections into pods" };
    }
  },
});

export const nodesProxy = grantRule({
  id: "rbac-nodes-proxy",
  group: "workload",
  title: "No nodes/proxy",
  severity: "critical",
  references: ["CIS 5.1.10", "KSV-0047"],
  kinds: ROLES,
  fix: "remove it; read metrics through nodes/metrics",
  docs: {
    why: "nodes/proxy reaches the kubelet without admission and audit: it runs commands in every pod of the node.",
    pass: harmless,
    fail: role("ClusterRole", { resources: ["nodes/proxy"], verbs: ["get"] }),
  },
  *check(grant, target, settings) {
    if (grant.allows("", ["nodes/proxy"], ["get", "create", "update", "patch", "delete"])) {
      yield { at: grant.view, message: "it reaches every kubelet without admission and audit" };
    } else if (
      // the nodes of a tenant's own cluster are its customer's
      isTenants(target, settings) &&
      !isInsideTenant(target, settings) &&
      grant.allows("", ["nodes"], ["update", "patch"])
    ) {
      yield { at: grant.view, message: "an account of a tenant changes the nodes that others run on" };
    }
  },
});

const REGISTRATION = [
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
];

export const webhooks = grantRule({
  id: "rbac-webhooks",
  group: "workload",
  title: "No admission-webhook write",
  severity: "high",
  references: ["CIS 5.1.12", "CKV_K8S_155"],
  kinds: CLUSTER_ROLE,
  fix: "name the configurations it may change in resourceNames, or remove it",
  docs: {
    why: "An account that registers a webhook can read and change every object that is created, Secrets included, and can disable admission control.",
    pass: role("ClusterRole", {
      apiGroups: ["admissionregistration.k8s.io"],
      resources: [REGISTRATION[0]],
      verbs: ["get"],
    }),
    fail: role("ClusterRole", {
      apiGroups: ["admissionregistration.k8s.io"],
      resources: [REGISTRATION[0]],
      verbs: ["patch"],
    }),
  },
  *check(grant) {
    if (grant.named && !grant.verbs.has("create") && !grant.verbs.has("*")) return;
    if (grant.allows("admissionregistration.k8s.io", REGISTRATION, WRITE)) {
      yield { at: grant.view, message: "it changes the admission control of the API" };
    }
  },
});

export const csrApprove = grantRule({
  id: "rbac-csr-approve",
  group: "workload",
  title: "No CSR approval",
  severity: "high",
  references: ["CIS 5.1.11", "CKV_K8S_156"],
  kinds: CLUSTER_ROLE,
  fix: "remove it; approval belongs to the controller manager or one named approver",
  docs: {
    why: "An approved certificate can carry any identity, is valid until it expires, and cannot be revoked.",
    pass: harmless,
    fail: role("ClusterRole", {
      apiGroups: ["certificates.k8s.io"],
      resources: ["certificatesigningrequests/approval"],
      verbs: ["update"],
    }),
  },
  *check(grant) {
    const approves = grant.allows("certificates.k8s.io", ["certificatesigningrequests/approval"], ["update", "patch"]);
    const signs = grant.allows("certificates.k8s.io", ["signers"], ["approve", "sign"]);
    if (approves || signs) yield { at: grant.view, message: "it issues certificates for any identity" };
  },
});

export const tokenCreate = grantRule({
  id: "rbac-sa-token-create",
  group: "workload",
  title: "No creation of tokens",
  severity: "high",
  references: ["CIS 5.1.13"],
  kinds: ROLES,
  fix: "remove it, or name the account in resourceNames of a Role",
  docs: {
    why: "An account that creates tokens can act as every account that it creates them for.",
    pass: harmless,
    fail: role("ClusterRole", { resources: ["serviceaccounts/token"], verbs: ["create"] }),
  },
  *check(grant, { kind }) {
    if (kind === "Role" && grant.named) return;
    if (grant.allows("", ["serviceaccounts/token"], ["create"])) {
      yield { at: grant.view, message: "it creates tokens of other accounts" };
    }
  },
});

export const volumeCreate = grantRule({
  id: "rbac-pv-create",
  group: "workload",
  title: "No PersistentVolume creation",
  severity: "medium",
  references: ["CIS 5.1.9"],
  kinds: CLUSTER_ROLE,
  fix: "leave it to the provisioner of the storage class",
  docs: {
    why: "A PersistentVolume may be any path of any node: an account that creates one can read the node.",
    pass: harmless,
    fail: role("ClusterRole", { resources: ["persistentvolumes"], verbs: ["create"] }),
  },
  *check(grant) {
    if (grant.allows("", ["persistentvolumes"], ["create"]))
      yield { at: grant.view, message: "it creates volumes of any path of a node" };
  },
});

export const endpointsEdit = grantRule({
  id: "rbac-endpoints-edit",
  group: "workload",
  title: "No endpoints edit",
  severity: "medium",
  references: ["CVE-2021-25740", "gatekeeper k8sblockendpointeditdefaultrole"],
  kinds: CLUSTER_ROLE,
  fix: "remove it; controllers write endpoints",
  docs: {
    why: "An account that edits endpoints can send the traffic of a Service or Ingress into another namespace and bypass its network policies.",
    pass: harmless,
    fail: role("ClusterRole", { resources: ["endpoints"], verbs: ["update"] }),
  },
  *check(grant) {
    const classic = grant.allows("", ["endpoints"], ["create", "update", "patch"]);
    const slices = grant.allows("discovery.k8s.io", ["endpointslices"], ["create", "update", "patch"]);
    if (classic || slices) yield { at: grant.view, message: "it can send traffic of Services to any address" };
  },
});
