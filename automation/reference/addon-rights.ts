import type { PolicyRule, Rights } from "../../components/kubernetes/rbac";
import type { TenantAddon } from "../../components/tenant/addon";
import { namespaceOf } from "../../components/tenant/names";
import { parseTenant } from "../../components/tenant/parse";
import { planTenant } from "../../components/tenant/tenant-plan";
import { code, table } from "./markdown";

/** A tenant whose add-ons are as they are by default, whichever it has. */
const EXAMPLE = "acme";

function example() {
  return parseTenant({
    name: EXAMPLE,
    kubernetesVersion: "v1.34.1",
    network: { podCidr: "10.16.0.0/16", serviceCidr: "10.17.0.0/16" },
    quota: { cpu: "64", memory: "256Gi", storage: "1Ti" },
    nodePools: {},
    platform: {
      dataStore: "default",
      storageClass: "replicated",
      podNetwork: { repository: "https://charts.example", chart: "pod-network", version: "0.0.0" },
    },
  });
}

/** What the controllers of add-ons may do in both clusters, from their plans. */
export function rightsTable(addons: readonly TenantAddon[]): string {
  const rows = planTenant(example(), addons).addons.flatMap(({ name, management }) => {
    if (management === undefined) return [];
    const outside = management.objects.flatMap(({ object }) => {
      if (object.kind !== "Role" && object.kind !== "ClusterRole") return [];
      return rulesIn(object["rules"], "management cluster", where(object.metadata.namespace));
    });
    return [...outside, ...(management.access ?? []).flatMap(({ rights }) => inside(rights))].map((row) => [
      code(name),
      ...row,
    ]);
  });
  return table(["add-on", "cluster", "namespace", "resources", "verbs"], rows);
}

function inside({ cluster = [], namespaces = {} }: Rights): string[][] {
  return [
    ...rulesIn(cluster, "tenant", where(undefined)),
    ...Object.entries(namespaces).flatMap(([namespace, rules]) => rulesIn(rules, "tenant", where(namespace))),
  ];
}

function where(namespace: string | undefined): string {
  if (namespace === undefined) return "all, and none";
  return namespace === namespaceOf(EXAMPLE) ? "the tenant's" : code(namespace);
}

function rulesIn(rules: unknown, cluster: string, namespace: string): string[][] {
  return (rules as readonly PolicyRule[]).map(({ apiGroups, resources, resourceNames, verbs }) => [
    cluster,
    namespace,
    apiGroups.flatMap((group) => resources.map((each) => named(group, each, resourceNames))).join(", "),
    verbs.map(code).join(", "),
  ]);
}

function named(group: string, resource: string, names: readonly string[] = []): string {
  const only = names.length === 0 ? "" : ` (only ${names.map(code).join(", ")})`;
  return `${code(group === "" ? resource : `${resource}.${group}`)}${only}`;
}
