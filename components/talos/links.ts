import { VERSION } from "./document";
import type { BaseSettings, Machine } from "./settings";
import type { Link } from "./settings/links";

type Named = Pick<Machine, "links">;

/** Links of a machine by name: those of all machines with what the machine says of its own over them. */
export function linksOf({ network }: Pick<BaseSettings, "network">, { links = {} }: Named): Map<string, Link> {
  const shared = network.links ?? {};
  const names = [...new Set([...Object.keys(shared), ...Object.keys(links)])];
  return new Map(names.map((name) => [name, { ...shared[name], ...links[name] }]));
}

/** Whether a link is there by itself, not made of others. */
export function isPhysical({ bond, vlan, bridge }: Link): boolean {
  return bond === undefined && vlan === undefined && bridge === undefined;
}

/** Links that a bond or a bridge is made of. */
export function membersOf({ bond, bridge }: Link): readonly string[] {
  return bond?.links ?? bridge?.links ?? [];
}

/** The bond or bridge that a link is part of. */
export function ownerOf(links: ReadonlyMap<string, Link>, member: string): string | undefined {
  return [...links].find(([, link]) => membersOf(link).includes(member))?.[0];
}

/**
 * Documents about the links of a machine. A physical link without settings gets one too: Talos asks a DHCP server on
 * every physical link that no document is about, parents of VLANs among them (Talos 1.13).
 */
export function linkDocuments(cluster: Pick<BaseSettings, "network">, machine: Named): object[] {
  const links = linksOf(cluster, machine);
  return [...links].flatMap(([name, link]) => [
    ...(link.mac === undefined ? [] : [aliasDocument(name, link.mac)]),
    ...(isBare(links, name, link) ? [] : [linkDocument(name, link)]),
    ...(link.dhcp === true ? [{ ...VERSION, kind: "DHCPv4Config", name }] : []),
  ]);
}

/** A physical part of something else has no document of its own, unless its packets are larger than usual. */
function isBare(links: ReadonlyMap<string, Link>, name: string, link: Link): boolean {
  return isPhysical(link) && link.mtu === undefined && ownerOf(links, name) !== undefined;
}

function aliasDocument(name: string, mac: string): object {
  return { ...VERSION, kind: "LinkAliasConfig", name, selector: { match: `mac(link.permanent_addr) == "${mac}"` } };
}

function linkDocument(name: string, link: Link): object {
  const { bond, vlan, bridge } = link;
  if (bond !== undefined) {
    return { ...VERSION, kind: "BondConfig", name, links: bond.links, ...bondSettings(bond.mode), ...common(link) };
  }
  if (vlan !== undefined) {
    return { ...VERSION, kind: "VLANConfig", name, parent: vlan.parent, vlanID: vlan.id, ...common(link) };
  }
  if (bridge !== undefined) {
    const { stp, vlanFiltering } = bridge;
    const settings = { links: bridge.links, stp: { enabled: stp }, vlan: { filtering: vlanFiltering } };
    return { ...VERSION, kind: "BridgeConfig", name, ...settings, ...common(link) };
  }
  return { ...VERSION, kind: "LinkConfig", name, ...common(link) };
}

/**
 * Without miimon no bond notices that a link is down, and Talos up to 1.13 leaves LACP to the switch unless it is told
 * (machinery 1.13.0: zero is off).
 */
function bondSettings(bondMode: string): object {
  const watched = { bondMode, miimon: 100 };
  if (bondMode !== "802.3ad") return watched;
  const lacp = { lacpRate: "fast", adLACPActive: "on", xmitHashPolicy: "layer3+4" };
  return { ...watched, updelay: 200, downdelay: 200, ...lacp };
}

function common({ mtu, addresses = [], routes = [] }: Link): object {
  return {
    ...(mtu === undefined ? {} : { mtu }),
    ...(addresses.length === 0 ? {} : { addresses: addresses.map((address) => ({ address })) }),
    ...(routes.length === 0 ? {} : { routes: routes.map(routeOf) }),
  };
}

/** Talos refuses a destination of 0.0.0.0/0: a default route is one without. */
function routeOf({ destination, gateway, metric }: NonNullable<Link["routes"]>[number]): object {
  return {
    ...(destination === undefined || destination.prefix === 0 ? {} : { destination: String(destination) }),
    gateway,
    ...(metric === undefined ? {} : { metric }),
  };
}
