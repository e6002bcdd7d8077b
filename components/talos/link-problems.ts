import { Cidr } from "../core/cidr";
import type { Problem } from "../core/problem";
import { isPhysical, linksOf, membersOf, ownerOf } from "./links";
import { type BaseSettings, type Machine, machinesOf } from "./settings";
import type { Link } from "./settings/links";

/** Links of one machine, and where each of them, or a setting of it, stands in the stack file. */
interface Links {
  readonly machine: Machine;
  readonly all: ReadonlyMap<string, Link>;
  at(name: string, setting?: keyof Link): string;
}

/** Links that no machine can have so, or with which it would not be reached. Talos itself looks at each one alone. */
export function linkProblems(base: BaseSettings): Problem[] {
  const machines = machinesOf(base)
    .map((machine) => linksIn(base, machine))
    .filter(({ all }) => all.size > 0);
  const problems = [
    ...machines.flatMap((links) => [
      ...[...links.all].flatMap(([name, link]) => [
        ...kindProblems(links, name, link),
        ...memberProblems(links, name, link),
        ...parentProblems(links, name, link),
        ...bridgeProblems(links, name, link),
        ...routeProblems(links, name, link),
      ]),
      ...addressProblems(links),
    ]),
    ...machines.flatMap((links) => vipProblems(base, links)).slice(0, 1),
    ...duplicates(base, machines),
  ];
  // what is wrong with the links of all machines is wrong once
  return [...new Map(problems.map((problem) => [`${problem.where} ${problem.rule}`, problem])).values()];
}

function linksIn(base: BaseSettings, machine: Machine): Links {
  const own = machine.links ?? {};
  const at = (name: string, setting?: keyof Link) => {
    const link = Object.hasOwn(own, name) ? own[name] : undefined;
    const mine = link !== undefined && (setting === undefined || link[setting] !== undefined);
    const where = `base.${mine ? `machines.${machine.name}` : "network"}.links.${name}`;
    return setting === undefined ? where : `${where}.${setting}`;
  };
  return { machine, all: linksOf(base, machine), at };
}

const KINDS = ["bond", "vlan", "bridge"] as const;

function kindProblems({ at }: Links, name: string, link: Link): Problem[] {
  const kinds = KINDS.filter((kind) => link[kind] !== undefined);
  const given = kinds.join(" and ");
  if (kinds.length > 1)
    return [{ where: at(name), given, rule: "must be one of them", fix: "make a link of its own for each" }];
  if (link.mac === undefined || kinds.length === 0) return [];
  const rule = "must be of a physical link: it is what the link is found by";
  return [{ where: at(name, "mac"), given: link.mac, rule, fix: "remove it" }];
}

/** Bonds are made of physical links; bridges of anything but bridges. What is part of one has nothing of its own. */
function memberProblems({ all, at }: Links, name: string, link: Link): Problem[] {
  const kind = link.bond === undefined ? "bridge" : "bond";
  const members = membersOf(link);
  return members.flatMap((member, index): Problem[] => {
    const where = `${at(name, kind)}.links.${index}`;
    const part = all.get(member);
    if (part === undefined) return [unlisted(where, member)];
    if (kind === "bond" && !isPhysical(part))
      return [{ where, given: member, rule: "must be a physical link", fix: "name links of the hardware" }];
    if (part.bridge !== undefined)
      return [{ where, given: member, rule: "must be no bridge itself", fix: "name links that are none" }];
    if (isCarriedBy(all, member, name))
      return [{ where, given: member, rule: `must not be carried by ${name} itself`, fix: "name another link" }];
    const first = ownerOf(all, member);
    if (first !== name || members.indexOf(member) !== index)
      return [{ where, given: member, rule: `must be part of one link, once; ${first} has it`, fix: "remove it here" }];
    const kept = kind === "bond" ? ["mac"] : ["mac", "mtu", ...KINDS];
    const settings = (Object.keys(part) as (keyof Link)[]).filter((key) => !kept.includes(key));
    const [setting] = settings;
    if (setting === undefined) return [];
    const rule = `has no settings of its own: it is part of ${name}`;
    return [{ where: at(member, setting), given: settings.join(", "), rule, fix: `give them to ${name}` }];
  });
}

/** Whether a link is a VLAN of the other one, or of something that is made of one. */
function isCarriedBy(all: Links["all"], name: string, other: string, seen: readonly string[] = []): boolean {
  if (name === other) return true;
  const link = all.get(name);
  if (link === undefined || seen.includes(name)) return false;
  const below = [...membersOf(link), ...(link.vlan === undefined ? [] : [link.vlan.parent])];
  return below.some((each) => isCarriedBy(all, each, other, [...seen, name]));
}

/** Largest packet of a link: its own setting, what carries the VLAN, or what Ethernet has. */
function mtuOf(all: Links["all"], name: string): number {
  const link = all.get(name);
  if (link?.mtu !== undefined || link?.vlan === undefined) return link?.mtu ?? 1500;
  return all.get(link.vlan.parent)?.mtu ?? 1500;
}

/** The kernel lowers the packets of a bridge to the smallest of its parts; what is sent larger is lost in silence. */
function bridgeProblems({ all, at }: Links, name: string, { bridge, mtu }: Link): Problem[] {
  if (bridge === undefined || mtu === undefined) return [];
  const small = bridge.links.find((each) => all.has(each) && mtuOf(all, each) < mtu);
  if (small === undefined) return [];
  const rule = `must be at most that of ${small}, which is ${mtuOf(all, small)}`;
  return [{ where: at(name, "mtu"), given: String(mtu), rule, fix: `raise that of ${small}, or lower it` }];
}

function parentProblems({ all, at }: Links, name: string, { vlan, mtu }: Link): Problem[] {
  if (vlan === undefined) return [];
  const where = at(name, "vlan");
  const parent = all.get(vlan.parent);
  if (parent === undefined) return [unlisted(`${where}.parent`, vlan.parent)];
  const owner = ownerOf(all, vlan.parent);
  const wrong = { where: `${where}.parent`, given: vlan.parent };
  if (parent.vlan !== undefined)
    return [{ ...wrong, rule: "must be no VLAN itself", fix: "name what carries that VLAN" }];
  // a port of a bridge keeps its VLANs: they are taken off before the bridge sees them
  if (owner !== undefined && all.get(owner)?.bond !== undefined)
    return [{ ...wrong, rule: `is part of ${owner}`, fix: `name ${owner}` }];
  const [twin] = [...all].find(([, { vlan: other }]) => other?.parent === vlan.parent && other.id === vlan.id) ?? [];
  if (twin !== undefined && twin !== name) {
    const rule = `must be used once on ${vlan.parent}; ${twin} has it`;
    return [{ where: `${where}.id`, given: String(vlan.id), rule, fix: "correct one of the two" }];
  }
  const most = parent.mtu ?? 1500;
  if (mtu === undefined || mtu <= most) return [];
  const rule = `must be at most that of ${vlan.parent}, which is ${most}`;
  return [{ where: at(name, "mtu"), given: String(mtu), rule, fix: `raise that of ${vlan.parent}, or lower it` }];
}

function unlisted(where: string, given: string): Problem {
  const rule = "must be a link that is listed: Talos waits for a misspelt one for ever";
  return { where, given, rule, fix: `correct its spelling, or add \`${given}: {}\`` };
}

function routeProblems({ all, at }: Links, name: string, { routes = [], addresses = [], dhcp }: Link): Problem[] {
  if (dhcp === true || ownerOf(all, name) !== undefined) return [];
  return routes.flatMap(({ gateway }, index) => {
    if (addresses.some((each) => Cidr.around(each).contains(host(gateway)) && bare(each) !== gateway)) return [];
    const rule = "must be a neighbour: in a network of the link's addresses, and none of them";
    const where = `${at(name, "routes")}.${index}.gateway`;
    return [{ where, given: gateway, rule, fix: "correct it, or the prefix length of the address" }];
  });
}

/** With links given, an address that none of them has is one that the machine does not have. */
function addressProblems({ machine: { name, address }, all }: Links): Problem[] {
  const links = [...all.values()];
  if (links.some(({ dhcp }) => dhcp === true) || links.some((link) => addressesOf(link).includes(address))) return [];
  const rule = "must be among the addresses of its links, or one of them have dhcp";
  return [{ where: `base.machines.${name}.address`, given: address, rule, fix: "add it to its link" }];
}

function vipProblems({ network: { vip } }: BaseSettings, { machine, all }: Links): Problem[] {
  if (vip === undefined || machine.role !== "controlplane") return [];
  const where = "base.network.vip.link";
  const link = all.get(vip.link);
  if (link === undefined) {
    const rule = `must be a link of every control plane; ${machine.name} has ${[...all.keys()].join(", ")}`;
    return [{ where, given: vip.link, rule, fix: "name the link that carries the node network" }];
  }
  const near = (link.addresses ?? []).some((each) => Cidr.around(each).contains(host(vip.address)));
  if (link.dhcp === true || near) return [];
  const rule = `must carry the network of ${vip.address}; on ${machine.name} it has no address in there`;
  return [{ where, given: vip.link, rule, fix: "name the link that carries the node network" }];
}

/** What two machines, or two links, cannot have both: addresses and MAC addresses. */
function duplicates({ network: { vip } }: BaseSettings, machines: readonly Links[]): Problem[] {
  const owners = new Map<string, string>(vip === undefined ? [] : [[vip.address, "base.network.vip"]]);
  return machines.flatMap(({ machine, all }) =>
    [...all].flatMap(([name, link]) =>
      [...addressesOf(link), ...(link.mac === undefined ? [] : [link.mac])].flatMap((given): Problem[] => {
        const [mine, owner] = [`${machine.name}'s ${name}`, owners.get(given)];
        if (owner === undefined) owners.set(given, mine);
        if (owner === undefined) return [];
        const where = `base.machines.${machine.name}.links.${name}`;
        return [{ where, given, rule: `must be its own; ${owner} has it`, fix: "correct one of the two" }];
      }),
    ),
  );
}

const bare = (address: string) => address.split("/")[0] ?? "";
const addressesOf = ({ addresses = [] }: Link) => addresses.map(bare);
const host = (address: string) => Cidr.parse(`${address}/32`);
