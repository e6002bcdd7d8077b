import { tenantOf } from "../../engine/layers";
import { resourceRule, stackRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import { cluster, tenantNamespace } from "./examples";
import { isDerivedFrom, isInsideTenant, isTenantsHere } from "../../engine/library/tenants";

const CLUSTER = "cluster.x-k8s.io/Cluster";

/** Label by which Cluster API marks what its controllers make for a cluster. */
const CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name";

export const namespaceUnique = stackRule({
  id: "tenant-namespace-unique",
  group: "tenancy",
  title: "One namespace per tenant",
  severity: "critical",
  references: ["MTB PL1-BC-TI-2"],
  types: ["core/Namespace", CLUSTER, "every object in a tenant's namespace"],
  fix: "give each tenant a namespace of its own, named after it, and the tenant's label to the namespace and everything in it",
  docs: {
    why: "The namespace isolates a tenant: quota, network policies, roles and secrets hold within it. Two tenants in one namespace share all of these, and policies and clean-up do not find objects without the tenant's label.",
    pass: { resources: [tenantNamespace(), cluster()] },
    fail: {
      resources: [
        tenantNamespace(),
        cluster(),
        cluster({}, { name: "bank", labels: { "firmament.example/tenant": "bank" } }),
      ],
    },
  },
  *check(stack, settings) {
    const owners = ownersOf(stack, settings);
    for (const namespace of stack.all("core/Namespace")) {
      const tenant = tenantOf(namespace, settings);
      const name = namespace.name.text;
      if (name === undefined || isInsideTenant(namespace, settings)) continue;
      if (tenant !== undefined && !isDerivedFrom(name, tenant)) {
        yield { at: namespace.name, message: `the name does not contain the name of tenant ${tenant}` };
      }
      const label = namespace.labels.field(settings.tenantLabel);
      if (tenant === undefined && owners.clusters.has(name)) {
        yield { at: label, message: "the namespace of a tenant's cluster has no tenant label" };
      }
    }
    yield* sharedNamespaces(stack, settings, owners);
  },
});

interface Owners {
  /** Namespace → tenant its Namespace object says. */
  readonly tenants: ReadonlyMap<string, string>;
  /** Namespace → first cluster found there. */
  readonly clusters: ReadonlyMap<string, Target>;
}

function ownersOf(stack: Stack, settings: Settings): Owners {
  const tenants = new Map<string, string>();
  for (const namespace of stack.all("core/Namespace")) {
    const tenant = tenantOf(namespace, settings);
    if (tenant !== undefined && namespace.name.text !== undefined) tenants.set(namespace.name.text, tenant);
  }
  const clusters = new Map<string, Target>();
  for (const target of stack.all(CLUSTER)) {
    const name = target.namespace.text;
    if (name !== undefined && !clusters.has(name)) clusters.set(name, target);
  }
  return { tenants, clusters };
}

function* sharedNamespaces(stack: Stack, settings: Settings, { tenants, clusters }: Owners): Generator<Violation> {
  const first = new Map<string, string>(tenants);
  for (const target of [...stack.targets, ...stack.context]) {
    if (!target.kubernetes || target.scope === "cluster" || target.namespace.unreadable) continue;
    const namespace = target.namespace.text;
    if (namespace === undefined || isInsideTenant(target, settings)) continue;
    if (target.key === CLUSTER && clusters.get(namespace) !== target) {
      yield { at: target.namespace, message: `namespace ${namespace} holds another cluster already` };
    }
    const label = target.labels.field(settings.tenantLabel);
    const tenant = tenantOf(target, settings);
    const owner = first.get(namespace);
    if (tenant === undefined) {
      const marked = target.labels.field(CLUSTER_LABEL);
      if (!tenants.has(namespace) || marked.present) continue;
      yield { at: label, message: `it is in the namespace of tenant ${owner ?? ""} and has no tenant label` };
    } else if (owner === undefined) {
      first.set(namespace, tenant);
    } else if (owner !== tenant) {
      yield { at: label, message: `it belongs to tenant ${tenant}, its namespace to tenant ${owner}` };
    }
  }
}

/** Cluster-scoped kinds a tenant's stack makes: its border itself, and its own network. */
const OWN: ReadonlySet<string> = new Set(["core/Namespace", "kubeovn.io/Vpc", "kubeovn.io/Subnet"]);

export const clusterScoped = resourceRule({
  id: "tenant-cluster-scoped",
  group: "tenancy",
  title: "Tenant stack makes no cluster-scoped object",
  severity: "critical",
  references: ["MTB PL1-BC-CPI-1"],
  types: ["every cluster-scoped kind"],
  fix: "make it in the platform's stack, or use the namespaced kind; a Vpc or Subnet has to carry the tenant's label",
  docs: {
    why: "A cluster-scoped object affects all tenants: a role gives rights in every namespace, a webhook reads objects of all tenants, a class or a priority changes the resources of others.",
    pass: {
      apiVersion: "kubeovn.io/v1",
      kind: "Vpc",
      metadata: { name: "acme", labels: { "firmament.example/tenant": "acme" } },
    },
    fail: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "acme-csi", labels: { "firmament.example/tenant": "acme" } },
    },
  },
  on: ({ kubernetes, scope }) => kubernetes && scope === "cluster",
  *check(target, settings) {
    if (!isTenantsHere(target, settings)) return;
    if (!OWN.has(target.key)) {
      yield { at: target.metadata.field("name"), message: `${target.kind} affects all tenants` };
      return;
    }
    const label = target.labels.field(settings.tenantLabel);
    if (!label.present || label.is("")) yield { at: label, message: `the ${target.kind} has no tenant label` };
  },
});
