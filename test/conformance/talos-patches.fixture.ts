import { type Fields, isFields } from "../../components/core/fields";
import { fieldType, structureOf, type Type, wordOf } from "../../policies/engine/library/talos/schema";
import { documentKind } from "../../policies/engine/library/talos/schema";

/** Numbers that are the same in every run (mulberry32). */
export class Dice {
  constructor(private state: number) {}

  /** A whole number from 0 to `below`, without it. */
  number(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  chance(percent: number): boolean {
    return this.number(100) < percent;
  }

  one<T>(of: readonly T[]): T {
    return of[this.number(of.length)] as T;
  }
}

/** Names of documents, elements and keys: few, so that they meet. */
const NAMES = ["one", "two"];

/** Texts that Talos can read, by field; other texts may be anything. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  minSize: ["10GiB", "5GiB"],
  maxSize: ["50GiB", "80%", "20%", "60GiB"],
  size: ["10GB", "20GB"],
  match: ["system_disk", "!system_disk"],
  cgroupRankingExpression: ["1.0"],
  triggerExpression: ["true"],
  table: ["unspec", "main"],
  action: ["unspec", "unicast"],
  protocol: ["tcp", "udp"],
  address: ["192.0.2.1/24", "192.0.2.2/24"],
  subnet: ["192.0.2.0/24", "198.51.100.0/24"],
  except: ["192.0.2.1/32"],
  destination: ["192.0.2.0/24"],
  dst: ["192.0.2.0/24"],
  src: ["192.0.2.0/24"],
  gateway: ["192.0.2.1"],
  source: ["192.0.2.1"],
  endpoint: ["192.0.2.1:51820"],
  ports: ["22-22", "1-100"],
  allowedIPs: ["192.0.2.0/24"],
  excludeAdvertisedNetworks: ["192.0.2.0/24"],
  extraAnnouncedEndpoints: ["192.0.2.1:51820"],
  arpIpTargets: ["192.0.2.1"],
  nsIp6Targets: ["2001:db8::1"],
  hardwareAddr: ["02:00:00:00:00:01"],
  duidRaw: ["02:00:00:00:00:01"],
  wakeOnLan: ["magic"],
  filesystemType: ["xfs", "none"],
  type: ["ext4", "xfs"],
  provider: ["luks2", "none"],
  volumeType: ["partition", "disk"],
  ingress: ["accept", "block"],
  auto: ["off", "stable"],
  vlanMode: ["802.1q"],
  name: NAMES,
  interface: ["eth0", "eth1"],
  mountPath: ["/one", "/two"],
  image: ["one", "two"],
  driver: ["virtio", "e1000"],
  ca: ["Zm9v"],
};

const DURATIONS = ["0s", "1h0m0s", "5s"];
const URLS = ["https://192.0.2.10:6443", "https://192.0.2.11", "https://192.0.2.12:6443/path"];

/** Random values of types, with few names so that they meet what is there. */
export class Maker {
  constructor(readonly dice: Dice) {}

  /** A value that Talos can read. */
  value(type: Type, field: string, depth: number): unknown {
    const { dice } = this;
    if (typeof type !== "string") {
      if (type.list !== undefined) return this.list(type.list, field, depth);
      const pool = type.map === "bool" ? ["tso", "gso"] : [...NAMES, "three"];
      return this.fields(pool, () => this.value(type.map ?? "any", field, depth + 1));
    }
    const structure = structureOf(type);
    if (structure === undefined) return this.scalar(type, field);
    const names = Object.keys(structure).filter((name) => name !== "kind" && name !== "apiVersion");
    const chosen = names.filter(() => dice.chance(depth === 0 ? 15 : names.length > 8 ? 20 : 60));
    // elements that are merged by name have one
    for (const key of ["name", "interface", "mountPath", "vlanId"]) {
      if (names.includes(key) && !chosen.includes(key) && dice.chance(80)) chosen.push(key);
    }
    const meant = (name: string) => (type === "#network.NameserverConfig" ? "gateway" : name);
    return this.fields(chosen, (name) => this.value(fieldType(structure, name) ?? "any", meant(name), depth + 1), 100);
  }

  private list(type: Type, field: string, depth: number): unknown[] {
    return Array.from({ length: this.dice.chance(8) ? 0 : 1 + this.dice.number(2) }, () =>
      this.value(type, field, depth + 1),
    );
  }

  private fields(names: readonly string[], make: (name: string) => unknown, percent = 60): Fields {
    const chosen = names.filter(() => this.dice.chance(percent));
    return Object.fromEntries(chosen.map((name) => [name, make(name)]));
  }

  private scalar(type: string, field: string): unknown {
    const { dice } = this;
    switch (wordOf(type)) {
      case "any":
        return this.anything(0);
      case "bool":
        return dice.chance(10) ? dice.one(["yes", "off"]) : dice.chance(50);
      case "mode":
        return dice.one([0, 0o600, 0o644]);
      case "number":
        return dice.one([0, 1, 2]);
      case "argument":
        return dice.one(["", "a", "b", 7, true]);
      case "pem":
        return this.fields(type.replace(/.*:/, "").split(","), () => dice.one(["Zm9v", "YmFy", ""]), 70);
      case "url":
        return dice.one(URLS);
      case "string":
        return dice.one(TEXTS[field] ?? ["", "a", "b", 7, 0, false]);
      case "sealed":
        return field === "size" ? dice.one([">= 10GB", "<= 1TB"]) : dice.one(TEXTS[field] ?? ["192.0.2.1"]);
      default:
        return this.named(type, field);
    }
  }

  private named(type: string, field: string): unknown {
    const zero = type.slice(type.indexOf(":") + 1);
    return this.dice.one(TEXTS[field] ?? (zero === "0s" ? DURATIONS : [zero]));
  }

  /** Without nothing in it: Talos does not survive all of those. */
  private anything(depth: number): unknown {
    const { dice } = this;
    if (depth > 2 || dice.chance(50)) return dice.one<unknown>(["", "a", 0, 1, true, false]);
    if (dice.chance(40)) return Array.from({ length: dice.number(3) }, () => this.anything(depth + 1));
    return this.fields(NAMES, () => this.anything(depth + 1));
  }

  /** Puts a deletion somewhere into a patch, preferably of what is there. */
  deletion(patch: Fields, present: unknown, type: Type): void {
    const { dice } = this;
    const structure = structureOf(type);
    const there = isFields(present) ? Object.keys(present) : [];
    const known = structure === undefined ? NAMES : Object.keys(structure);
    const name = dice.one(there.length > 0 && dice.chance(85) ? there : known);
    if (/^(?:kind|apiVersion|name|version|\$patch)$/.test(name)) return;
    const inner = structure === undefined ? "any" : (fieldType(structure, name) ?? "any");
    const below = isFields(present) ? present[name] : undefined;
    if (Array.isArray(below) && isFields(below[0]) && dice.chance(80)) {
      patch[name] = [...(Array.isArray(patch[name]) ? (patch[name] as unknown[]) : []), this.element(below)];
    } else if (isFields(below) && dice.chance(75)) {
      const deeper = isFields(patch[name]) ? patch[name] : (patch[name] = {});
      this.deletion(deeper as Fields, below, typeof inner === "string" ? inner : (inner.map ?? "any"));
    } else patch[name] = { $patch: "delete" };
  }

  private element(list: readonly unknown[]): Fields {
    const element = this.dice.one(list);
    // one that all have: Talos does not survive every other
    const keys = isFields(element) ? Object.keys(element) : [];
    const key = keys.find((each) => list.every((other) => isFields(other) && other[each] !== undefined)) ?? "name";
    const value = isFields(element) && this.dice.chance(85) ? element[key] : "missing";
    return { [key]: value, $patch: "delete" };
  }
}

/** What a person may get wrong, or write without a meaning. */
const ODD: readonly unknown[] = [
  null,
  null,
  {},
  [],
  "a text",
  { unheardOf: 1 },
  { one: { $patch: "replace" } },
  [[]],
  1.5,
];

/** Puts something odd into a patch. Not into what has no schema: Talos does not survive all of that. */
export function spoil(patch: Fields, type: Type, dice: Dice): void {
  const structure = structureOf(type) ?? {};
  const names = Object.keys(structure).filter((name) => !/^(?:kind|apiVersion|name)$/.test(name));
  const name = dice.one(names);
  const inner = fieldType(structure, name);
  if (inner === undefined) return;
  if (structureOf(inner) !== undefined && dice.chance(70)) {
    spoil((isFields(patch[name]) ? patch[name] : (patch[name] = {})) as Fields, inner, dice);
  } else {
    // which names and addresses there are, only Talos knows
    const special = typeof inner === "string" && !/^(?:string|number|bool|mode|any)$/.test(wordOf(inner));
    patch[name] = dice.one(special ? ODD.filter((odd) => typeof odd === "object") : ODD);
  }
}

/** The type of a kind of documents, with its name where it has one. */
export function startOf(kind: string, name: string | undefined): { readonly type: Type; readonly head: Fields } {
  const { type } = documentKind(kind);
  if (kind === "") return { type, head: {} };
  return { type, head: { apiVersion: "v1alpha1", kind, ...(name === undefined ? {} : { name }) } };
}
