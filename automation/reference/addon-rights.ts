import type { KubernetesObject } from "../../components/kubernetes/manifest";
import type { PolicyRule } from "../../components/kubernetes/rbac";
import type { TenantAddon } from "../../components/tenant/addon";
import { namespaceOf } from "../../components/tenant/names";
import { Infrastructure } from "../../components/tenant/args.generated";
import { parseTenant } from "../../components/tenant/parse";
import { accountName } from "../../components/tenant/tenant-access";
import { planTenant } from "../../components/tenant/tenant-plan";
import { code, table } from "./markdown";

/** A tenant whose add-ons are as they are by default, whichever it has. */
const EXAMPLE = "acme";

function example(infrastructure: TenantAddon["infrastructure"]) {
  return parseTenant({
    ...(infrastructure === "vsphere" ? IN_VSPHERE : {}),
    name: EXAMPLE,
    kubernetesVersion: "v1.34.1",
    network: { podCidr: "10.16.0.0/16", serviceCidr: "10.17.0.0/16" },
    quota: { cpu: "64", memory: "256Gi", storage: "1Ti" },
    nodePools: {},
    platform: {
      dataStore: "default",
      storageClass: "replicated",
      capabilities: ["cluster-api/infrastructure", "cluster-api/control-plane", "cluster-api/vsphere"],
      podNetwork: { repository: "https://charts.example", chart: "pod-network", version: "0.0.0" },
    },
  });
}

const IN_VSPHERE = {
  infrastructure: Infrastructure.Vsphere,
  vsphere: {
    server: "vcenter.example.org",
    secret: "vcenter",
    serverNetworks: ["192.0.2.20/32"],
    machineNetworks: ["198.51.100.0/24"],
    datacenter: "datacenter",
    networks: [{ name: "machines" }],
  },
};

/** A rule of an account of a controller. */
export interface AccountRule extends PolicyRule {
  readonly addon: string;
  readonly cluster: "management cluster" | "tenant";
  /** Name of its ServiceAccount: in the tenant's namespace, or in kube-system of the tenant. */
  readonly account: string;
  /** Default: everywhere, and for what is in no namespace. */
  readonly namespace?: string;
}

/** What the controllers of add-ons may do in both clusters, from their plans; the tenant is acme. */
export function accountRules(addons: readonly TenantAddon[]): AccountRule[] {
  const planned = [...new Set(addons.map(({ infrastructure }) => infrastructure))].flatMap((infrastructure) => {
    const those = addons.filter((each) => each.infrastructure === infrastructure);
    return planTenant(example(infrastructure), those).addons;
  });
  const order = addons.map(({ name }) => name);
  planned.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
  return planned.flatMap(({ name: addon, management }) => {
    if (management === undefined) return [];
    const objects = management.objects.map(({ object }) => object);
    const outside = objects.flatMap((role) => {
      if (role.kind !== "Role" && role.kind !== "ClusterRole") return [];
      const { namespace } = role.metadata;
      return accountsOf(role, objects).flatMap((account) =>
        (role["rules"] as readonly PolicyRule[]).map((rule) => ({
          addon,
          cluster: "management cluster" as const,
          account,
          ...(namespace === undefined ? {} : { namespace }),
          ...rule,
        })),
      );
    });
    const inside = (management.access ?? []).flatMap(({ name, rights: { cluster = [], namespaces = {} } }) => {
      const of = { addon, cluster: "tenant" as const, account: accountName(name) };
      return [
        ...cluster.map((rule) => ({ ...of, ...rule })),
        ...Object.entries(namespaces).flatMap(([namespace, rules]) =>
          rules.map((rule) => ({ ...of, namespace, ...rule })),
        ),
      ];
    });
    return [...outside, ...inside];
  });
}

/** Accounts that a role is bound to. */
function accountsOf(role: KubernetesObject, objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap((binding) => {
    const { kind, name } = (binding["roleRef"] ?? {}) as { kind?: string; name?: string };
    if (kind !== role.kind || name !== role.metadata.name) return [];
    return (binding["subjects"] as readonly { readonly name: string }[]).map((subject) => subject.name);
  });
}

/** The same as a table. */
export function rightsTable(addons: readonly TenantAddon[]): string {
  const rows = accountRules(addons).map((rule) => [
    code(rule.addon),
    rule.cluster,
    code(rule.account),
    where(rule.namespace),
    rule.apiGroups.flatMap((group) => rule.resources.map((each) => named(group, each, rule.resourceNames))).join(", "),
    rule.verbs.map(code).join(", "),
  ]);
  return table(["add-on", "cluster", "account", "namespace", "resources", "verbs"], rows);
}

function where(namespace: string | undefined): string {
  if (namespace === undefined) return "all, and none";
  return namespace === namespaceOf(EXAMPLE) ? "the tenant's" : code(namespace);
}

function named(group: string, resource: string, names: readonly string[] = []): string {
  const only = names.length === 0 ? "" : ` (only ${names.map(code).join(", ")})`;
  return `${code(group === "" ? resource : `${resource}.${group}`)}${only}`;
}
