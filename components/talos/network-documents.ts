import type { Cidr } from "../core/cidr";
import { VERSION } from "./document";
import { linkDocuments } from "./links";
import type { BaseSettings, Machine } from "./settings";

/** Documents about the network of a machine: its name, how it finds others, and who may connect to it. */
export function networkDocuments(cluster: BaseSettings, machine: Machine): object[] {
  return [
    ...linkDocuments(cluster, machine),
    ...resolverDocuments(cluster),
    ...firewallDocuments(cluster, machine),
    hostnameDocument(machine.name),
  ];
}

/** Without internet, machines wait for a time server of it before anything else starts (siderolabs/talos#5274). */
function resolverDocuments({ network: { nameServers, timeServers } }: BaseSettings): object[] {
  return [
    ...(nameServers === undefined
      ? []
      : [{ ...VERSION, kind: "ResolverConfig", nameservers: nameServers.map((address) => ({ address })) }]),
    ...(timeServers === undefined ? [] : [{ ...VERSION, kind: "TimeSyncConfig", ntp: { servers: timeServers } }]),
  ];
}

/** The address that control planes share. */
export function sharedAddress({ network: { vip } }: BaseSettings, { role }: Machine): object[] {
  if (vip === undefined || role !== "controlplane") return [];
  return [{ ...VERSION, kind: "Layer2VIPConfig", name: vip.address, link: vip.link }];
}

/**
 * Everything between the machines (etcd, kubelets, overlay, storage replication, the LINSTOR API) stays open to them;
 * from outside, the APIs only. Talos lets pings, answers and the machine itself through by itself.
 */
function firewallDocuments({ network: { firewall, nodeCidrs } }: BaseSettings, { role }: Machine): object[] {
  if (firewall === undefined) return [];
  const rule = (name: string, protocol: "tcp" | "udp", ports: readonly (number | string)[], from: readonly Cidr[]) => ({
    ...VERSION,
    kind: "NetworkRuleConfig",
    name,
    portSelector: { ports, protocol },
    ingress: from.map((network) => ({ subnet: String(network) })),
  });
  const inside = [...nodeCidrs, ...firewall.inside];
  const apis = role === "controlplane" ? [6443, 50000] : [50000];
  return [
    { ...VERSION, kind: "NetworkDefaultActionConfig", ingress: "block" },
    rule("machines-tcp", "tcp", ["1-65535"], inside),
    rule("machines-udp", "udp", ["1-65535"], inside),
    ...(firewall.admins.length === 0 ? [] : [rule("admins", "tcp", apis, firewall.admins)]),
  ];
}

/** Generated configurations of contract v1.12 and later carry `auto: stable`, which a static name must turn off. */
function hostnameDocument(hostname: string): object {
  return { ...VERSION, kind: "HostnameConfig", hostname, auto: "off" };
}
