import { selectsAll } from "../../engine/selectors";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

export type Direction = "ingress" | "egress";

const TYPES = { ingress: "Ingress", egress: "Egress" } as const;
const PEERS = { ingress: "from", egress: "to" } as const;

export function isCilium({ group }: Target): boolean {
  return group === "cilium.io";
}

/** The rule sets of a policy: a Cilium policy may hold several. */
export function specsOf(policy: Target): readonly View[] {
  return isCilium(policy) ? [policy.spec, ...policy.root.field("specs").items()] : [policy.spec];
}

export function selectsAllPods(policy: Target, spec: View): boolean {
  if (!isCilium(policy)) return !spec.field("podSelector").present || selectsAll(spec.field("podSelector"));
  return selectsAll(spec.field("endpointSelector"));
}

/** Whether a policy selects all pods of its namespace and thereby denies a direction but for what its rules allow. */
export function isolates(policy: Target, direction: Direction): boolean {
  return specsOf(policy).some((spec) => selectsAllPods(policy, spec) && covers(policy, spec, direction));
}

function covers(policy: Target, spec: View, direction: Direction): boolean {
  const rules = spec.field(direction);
  if (isCilium(policy)) {
    const denied = spec.at("enableDefaultDeny", direction);
    if (denied.present) return denied.is(true);
    return rules.present || spec.field(`${direction}Deny`).present;
  }
  if (rules.items().some((rule) => allowsEverything(policy, rule, direction))) return false;
  const types = spec.field("policyTypes");
  // left out, a policy is for ingress always and for egress when it has rules for it
  if (!types.present) return direction === "ingress" || rules.items().length > 0;
  return types.texts().includes(TYPES[direction]);
}

/** Whether a rule lets everybody in, or everything out, on every port. */
export function allowsEverything(policy: Target, rule: View, direction: Direction): boolean {
  if (isCilium(policy)) return ciliumAllowsEverything(rule, direction);
  if (rule.field("ports").items().length > 0) return false;
  const peers = rule.field(PEERS[direction]);
  const list = peers.items();
  // an unknown list of peers is not an empty one
  return list.length === 0 ? !peers.unreadable : list.some(isEverybody);
}

function isEverybody(peer: View): boolean {
  const block = peer.field("ipBlock");
  if (block.present) return isAnywhere(block.field("cidr")) && block.field("except").items().length === 0;
  const namespaces = peer.field("namespaceSelector");
  const pods = peer.field("podSelector");
  return selectsAll(namespaces) && (!pods.present || selectsAll(pods));
}

function isAnywhere(cidr: View): boolean {
  return cidr.is("0.0.0.0/0") || cidr.is("::/0");
}

function ciliumAllowsEverything(rule: View, direction: Direction): boolean {
  const word = PEERS[direction];
  if (["toPorts", "icmps"].some((name) => rule.field(name).items().length > 0)) return false;
  const entities = rule.field(`${word}Entities`).texts();
  if (entities.includes("all") || entities.includes("cluster")) return true;
  const cidrs = rule.field(`${word}CIDR`).items();
  const sets = rule
    .field(`${word}CIDRSet`)
    .items()
    .filter((set) => set.field("except").items().length === 0);
  return [...cidrs, ...sets.map((set) => set.field("cidr"))].some(isAnywhere);
}
