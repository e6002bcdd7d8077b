import type { KubernetesObject } from "../kubernetes/manifest";
import type { ClusterSide, ManagementSide } from "./addon";
import { controlPlaneOf } from "./control-planes";
import { infrastructureOf } from "./infrastructure";
import { tenantMetadata } from "./names";
import type { Tenant } from "./settings";

const RBAC = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];

/**
 * What observers may look at: what Cluster API and its providers say of the cluster. No Secrets, which hold keys of
 * the cluster, and no pods, whose logs and environment are the platform's.
 */
function observed(tenant: Kinds) {
  return [
    {
      apiGroups: ["cluster.x-k8s.io"],
      resources: ["clusters", "machinedeployments", "machinesets", "machines", "machinehealthchecks"],
    },
    {
      apiGroups: ["controlplane.cluster.x-k8s.io"],
      resources: [`${controlPlaneOf(tenant).kind.toLowerCase()}s`],
    },
    ...infrastructureOf(tenant).observed,
    { apiGroups: [""], resources: ["events", "resourcequotas"] },
  ];
}

type Kinds = Pick<Tenant, "name" | "infrastructure" | "controlPlane">;

/** Rights of the customer's groups: in the tenant's API, and to read in its namespace of the management cluster. */
export interface AccessPlan {
  readonly management?: ManagementSide;
  readonly cluster?: ClusterSide;
}

export function planAccess(tenant: Kinds & Pick<Tenant, "access">): AccessPlan {
  const { administrators, viewers, observers } = tenant.access;
  const inside = [
    ...binding("administrators", administrators, "cluster-admin"),
    ...binding("viewers", viewers, "view"),
  ];
  return {
    ...(observers.length === 0
      ? {}
      : { management: { objects: observation(tenant, observers), networkPolicies: [], demand: NOTHING } }),
    ...(inside.length === 0 ? {} : { cluster: { releases: [], objects: inside } }),
  };
}

const NOTHING = { cpu: 0, memory: 0, pods: 0 } as const;

/** One of Kubernetes' own roles, which grow with the cluster's version. */
function binding(who: string, groups: readonly string[], role: string) {
  if (groups.length === 0) return [];
  const object: KubernetesObject = {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: `customer-${who}` },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
    subjects: subjects(groups),
  };
  return [{ suffix: `customer-${who}`, object }];
}

function observation(tenant: Kinds, groups: readonly string[]) {
  const metadata = tenantMetadata(tenant.name, "customer-observers");
  const role: KubernetesObject = {
    apiVersion: `${RBAC}/v1`,
    kind: "Role",
    metadata,
    rules: observed(tenant).map((rule) => ({ ...rule, verbs: READ })),
  };
  const bound: KubernetesObject = {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: RBAC, kind: "Role", name: metadata.name },
    subjects: subjects(groups),
  };
  return [
    { suffix: "customer-observers-role", object: role },
    { suffix: "customer-observers", object: bound },
  ];
}

function subjects(groups: readonly string[]) {
  return [...groups].sort().map((name) => ({ apiGroup: RBAC, kind: "Group", name }));
}
