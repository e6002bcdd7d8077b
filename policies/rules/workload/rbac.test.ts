import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";

const RBAC = "rbac.authorization.k8s.io/v1";
const role = (rule: object, kind = "ClusterRole") => ({
  apiVersion: RBAC,
  kind,
  metadata: { name: "reader" },
  rules: [{ apiGroups: [""], ...rule }],
});
const binding = (roleRef: object, subject: object) => ({
  apiVersion: RBAC,
  kind: "ClusterRoleBinding",
  metadata: { name: "reader" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", ...roleRef },
  subjects: [subject],
});
const user = { kind: "User", name: "ann" };
const everybody = binding({ name: "reader" }, { kind: "Group", name: "system:authenticated" });
const insideTenant = (props: object) => ({
  type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  name: "reader",
  urn: "urn:pulumi:tenant.berlin.acme::firmament::kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::reader",
  props,
  provider: {
    type: "pulumi:providers:kubernetes",
    name: "acme-api",
    urn: "urn:pulumi:tenant.berlin.acme::firmament::firmament:tenant:TenantCluster$pulumi:providers:kubernetes::acme-api",
  },
});
const together = (...resources: object[]) => ({ resources });

describe("rules about RBAC", () => {
  itJudges([
    [
      "rbac-csr-approve",
      "a resource under the wrong group of Kubernetes counts",
      role({ resources: ["certificatesigningrequests/approval"], verbs: ["update"] }),
      "violation",
    ],
    [
      "rbac-endpoints-edit",
      "also under a group that has a name",
      role({ apiGroups: ["apps"], resources: ["endpoints"], verbs: ["patch"] }),
      "violation",
    ],
    [
      "rbac-secrets-read",
      "everything of another group holds no Secrets",
      role({ apiGroups: ["apps"], resources: ["*"], verbs: ["get"] }),
      "pass",
    ],
    [
      "rbac-secrets-read",
      "nor do resources of that name of a foreign API",
      role({ apiGroups: ["vault.example.com"], resources: ["secrets"], verbs: ["get"] }),
      "pass",
    ],
    [
      "rbac-cluster-admin",
      "a Role of that name is no better",
      binding({ kind: "Role", name: "cluster-admin" }, user),
      "violation",
    ],
    [
      "rbac-cluster-admin",
      "groups of its customer may have it in a tenant's own cluster",
      insideTenant(binding({ name: "cluster-admin" }, { kind: "Group", name: "acme-ops" })),
      "pass",
    ],
    [
      "rbac-cluster-admin",
      "what runs there may not",
      insideTenant(binding({ name: "cluster-admin" }, { kind: "ServiceAccount", name: "web", namespace: "shop" })),
      "violation",
    ],
    ["rbac-cluster-admin", "a Role called admin is another", binding({ kind: "Role", name: "admin" }, user), "pass"],
    [
      "rbac-system-groups",
      "everybody may have a role that is seen to read only",
      together(everybody, role({ resources: ["configmaps"], verbs: ["get", "list", "watch"] })),
      "pass",
    ],
    ["rbac-system-groups", "not one that is hidden", everybody, "violation"],
    [
      "rbac-system-groups",
      "not one that writes",
      together(everybody, role({ resources: ["configmaps"], verbs: ["get", "patch"] })),
      "violation",
    ],
    [
      "rbac-system-groups",
      "not one that reads Secrets",
      together(everybody, role({ resources: ["configmaps", "secrets"], verbs: ["get"] })),
      "violation",
    ],
    [
      "rbac-system-groups",
      "not one that opens a shell by reading",
      together(everybody, role({ resources: ["pods/exec"], verbs: ["get"] })),
      "violation",
    ],
    [
      "rbac-system-groups",
      "not one that gathers the rules of others",
      together(everybody, { ...role({}), rules: [], aggregationRule: { clusterRoleSelectors: [] } }),
      "violation",
    ],
    [
      "rbac-system-groups",
      "one whose rules are not known yet",
      together(everybody, { ...role({}), rules: UNKNOWN }),
      "undecided",
    ],
    [
      "rbac-system-groups",
      "system:masters is more than any role",
      together(
        binding({ name: "reader" }, { kind: "Group", name: "system:masters" }),
        role({ resources: ["configmaps"], verbs: ["get"] }),
      ),
      "violation",
    ],
  ]);
});
