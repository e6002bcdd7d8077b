import * as assert from "node:assert/strict";
import { issue } from "../../components/talos/certificates.fixture";
import { machinePatches } from "../../components/talos/machine-config";
import { parseBaseSettings } from "../../components/talos/parse";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";
import { base } from "../../components/talos/settings.fixture";
import { contractOf } from "../../components/talos/version";
import { type Library, TalosOracle } from "../support/talos-oracle";
import { Dice } from "./talos-patches.fixture";

/** Random settings, like those of somebody who tries: most values fit together, any may be missing or odd. */
class Settings {
  private readonly authority = issue("site").certificate;

  constructor(private readonly dice: Dice) {}

  /** What a stack file has. */
  stack(minor: number): unknown {
    const { dice } = this;
    const layout = this.layout();
    return {
      layer: "base",
      base: {
        ...base,
        tier: "development",
        talos: {
          version: `v1.${minor}`,
          installer: `registry.example/installer:v1.${minor}.0`,
          extensions: dice.one([["siderolabs/drbd"], [], ["siderolabs/drbd", "siderolabs/zfs"]]),
          installDisk: this.disk(),
          ...this.maybe({ diskEncryption: dice.one(["tpm", { kms: "https://kms.example:4050" }]) }),
          ...this.maybe({ patches: { [dice.one(["all", "controlplane", "worker"])]: this.list(() => this.patch()) } }),
        },
        network: {
          ...base.network,
          vip: { address: "192.0.2.10", link: layout.link },
          ...(layout.links === undefined ? {} : { links: layout.links }),
          ...this.maybe({ nameServers: [this.odd(["192.0.2.53"], ["0.0.0.0", "dns.example", "::1"])] }),
          ...this.maybe({ timeServers: [this.odd(["ntp.example", "192.0.2.1"], ["a..b", "-a", "a b", "ü"])] }),
          ...this.maybe({
            firewall: { admins: this.list(() => this.network()), inside: this.list(() => this.network()) },
          }),
        },
        ...this.maybe({ registries: this.registries() }),
        machines: Object.fromEntries(
          Object.entries(base.machines).map(([name, machine]) => [
            name,
            {
              ...machine,
              ...this.maybe({ installDisk: this.disk() }),
              ...this.maybe({
                labels: { [this.odd(["rack", "example.com/a"], ["-a", ""])]: this.odd(["a", ""], ODD) },
              }),
              ...(layout.links === undefined ? {} : { links: this.addressed(layout.link, machine.address) }),
              ...(dice.chance(20) ? { patches: [this.patch()] } : {}),
            },
          ]),
        ),
      },
      registryPasswords: { "registry.example:5000": this.odd(["a", "a b", '"', "ü"], [""]) },
    };
  }

  private maybe<T extends object>(fields: T): Partial<T> {
    return this.dice.chance(50) ? fields : {};
  }

  /** One of the good values, rarely one of the others: whether those are wrong is for the settings to say. */
  private odd<T>(good: readonly T[], others: readonly T[]): T {
    return this.dice.one(this.dice.chance(2) ? others : good);
  }

  private list<T>(make: () => T): T[] {
    return Array.from({ length: this.dice.number(3) }, make);
  }

  private network(): string {
    return this.odd(["198.51.100.0/24", "203.0.113.7/32", "10.0.0.0/8"], ["0.0.0.0/0", "192.0.2.1/24", "10.0/8"]);
  }

  private url(): string {
    const host = this.odd(["registry.example:5000", "192.0.2.5", "a"], ["a:99999", "-a", "[::1]", "a:b@c", "%41"]);
    const path = this.odd(["", "/", "/a"], ["/v2/a", "/%zz", "/a b", "/a?b#c", "//", "/..", "/~"]);
    return `${this.odd(["https", "http"], ["ftp"])}://${host}${path}`;
  }

  private disk(): unknown {
    const { dice } = this;
    if (dice.chance(30)) return this.odd(["/dev/sda", "/dev/disk/by-id/a"], ["/dev/", "/dev/a b", "sda", '/dev/a"b']);
    return {
      serial: this.odd(
        ["A*", "*", '"', "\\", "a'b", "ü", "a b", "\n"].filter((text) => text.trim() !== ""),
        ["", " "],
      ),
      ...this.maybe({ model: this.odd(["SAMSUNG*"], ODD) }),
      ...this.maybe({
        size: this.odd(["480GB", ">= 100GB", "<1TiB", "== 1.5TB"], ["0.1kB", "100", "1GB GB", "> 999999PB"]),
      }),
      ...this.maybe({ type: this.odd(["ssd", "hdd", "nvme", "sd"], ["disk"]) }),
      ...this.maybe({ busPath: "/pci0000:00/*" }),
    };
  }

  /** Links of all machines, and the one that carries the node network. */
  private layout(): { readonly link: string; readonly links?: Record<string, unknown> } {
    const { dice } = this;
    if (dice.chance(30)) return { link: "bond0" };
    const modes = ["802.3ad", "active-backup", "balance-rr", "balance-xor", "balance-tlb", "balance-alb", "broadcast"];
    const route = () => ({
      gateway: this.odd(["192.0.2.1", "192.0.2.254"], ["0.0.0.0", "203.0.113.1"]),
      ...this.maybe({ destination: dice.one(["198.51.100.0/24", "0.0.0.0/0", "203.0.113.7/32"]) }),
      ...this.maybe({ metric: this.odd([1, 1024, 4_294_967_295], [0, 4_294_967_296, 1.5]) }),
    });
    const more = { routes: this.list(route), ...this.maybe({ mtu: this.odd([1280, 1500], [100, 9000, 1e9]) }) };
    const odd = dice.chance(2) ? { [dice.one([".", "a/b", "a b", "x".repeat(16), "ü", '"', "%d"])]: {} } : {};
    if (dice.chance(30)) return { link: "eno1", links: { eno1: more, ...odd } };
    const bond = {
      links: this.odd([["eno1", "eno2"]], [["eno1"], ["eno3"], [], ["eno1", "eno1"]]),
      mode: this.odd(modes, ["lacp"]),
    };
    const bonded = { eno1: {}, eno2: this.odd([{}], [{ mtu: 1500 }]), ...odd };
    if (dice.chance(50)) return { link: "bond0", links: { ...bonded, bond0: { bond, ...more } } };
    const vlan = {
      parent: this.odd(["bond0"], ["eno1", "eno3", "bond0.7"]),
      id: this.odd([7, 1, 4094], [4095, 0, 1.5]),
    };
    const other = { vlan: { parent: "bond0", id: 8 }, dhcp: dice.chance(50) };
    return { link: "bond0.7", links: { ...bonded, bond0: { bond }, "bond0.7": { vlan, ...more }, "bond0.8": other } };
  }

  private addressed(link: string, address: string): object {
    const addresses = [
      `${address}/${this.odd([24], [32, 25, 0, 33])}`,
      ...this.odd<string[]>([[]], [["0.0.0.1/8"], ["::1/64"]]),
    ];
    const found = this.maybe({ mac: `52:54:00:00:00:${address.slice(-2)}` });
    return link === "eno1" ? { eno1: { addresses, ...found } } : { [link]: { addresses }, eno1: found };
  }

  private registries(): object {
    const { dice } = this;
    const host = () => this.odd(["registry.example:5000", "ghcr.io"], ["docker.io", "a b", "", "a/b", "a:b"]);
    const mirror = () => ({
      endpoints: [this.url(), ...this.list(() => this.url())],
      ...this.maybe({ overridePath: dice.chance(50) }),
      ...this.maybe({ skipFallback: dice.chance(50) }),
    });
    return {
      ...this.maybe({ mirrors: { [dice.one([host(), "*"])]: mirror() } }),
      auth: { "registry.example:5000": { username: this.odd(["puller", "robot$a", "ü", '"'], ODD) } },
      ...this.maybe({ tls: { [host()]: { ca: this.odd([this.authority, this.authority.repeat(2)], ["x", ""]) } } }),
    };
  }

  private patch(): unknown {
    return this.odd<unknown>(
      [
        { machine: { sysctls: { "vm.nr_hugepages": "1024" } } },
        { machine: { kernel: { modules: [{ name: "nbd" }] } } },
        { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "EPHEMERAL", provisioning: { maxSize: "100GiB" } },
        { apiVersion: "v1alpha1", kind: "ResolverConfig", searchDomains: { domains: ["example.com"] } },
      ],
      [
        { machine: { network: { hostname: "other" } } },
        { machine: { network: { nameservers: ["192.0.2.54"] } } },
        { machine: { time: { servers: ["ntp.example"] } } },
        { machine: { registries: { mirrors: {} } } },
        { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname: "other" },
        { cluster: { network: { cni: { name: "other" } } } },
      ],
    );
  }
}

/** Texts that fit nowhere or only just. */
const ODD = ["", " ", "a b", "a:b", "ü", '"', "a\nb", "*", "é".repeat(70), "-"];

/** The settings, when they are right; anything but a refusal is a failure. */
function accepted(given: unknown): BaseSettings | undefined {
  try {
    return parseBaseSettings(given);
  } catch (error) {
    assert.equal((error as Error).name, "InvalidInput", (error as Error).stack);
    return undefined;
  }
}

const CASES = 2000;

// machinery 1.12, 1.13 (the provider's) and 1.14, as tests of the configurations themselves
describe("settings of machines", function () {
  it("of another machine change nothing on those that are there", () => {
    const random = new Settings(new Dice(9));
    for (let seen = 0; seen < 50;) {
      const given = random.stack(13) as { base: { machines: Record<string, object> } };
      const settings = accepted(given);
      if (settings === undefined) continue;
      const last = given.base.machines["worker-1"];
      const more = structuredClone(given);
      more.base.machines["worker-2"] = JSON.parse(
        JSON.stringify(last).replaceAll("192.0.2.21", "192.0.2.22").replaceAll("00:00:21", "00:00:22"),
      ) as object;
      const grown = accepted(more) ?? assert.fail(JSON.stringify(more));
      for (const machine of machinesOf(settings)) {
        const same = machinesOf(grown).find(({ name }) => name === machine.name) ?? assert.fail(machine.name);
        assert.deepEqual(machinePatches(grown, same), machinePatches(settings, machine));
      }
      seen += 1;
    }
  });

  const libraries = new Map<Library, TalosOracle>();
  const library = (name: Library) => libraries.get(name) ?? assert.fail(name);

  before(async function () {
    for (const name of ["1.12", "1.13", "1.14"] as const) libraries.set(name, await TalosOracle.start(this, name));
  });

  it("that are accepted make configurations that every Talos takes, whatever they are", function () {
    this.timeout(240_000);
    const dice = new Dice(20_251_129);
    const random = new Settings(dice);
    const bases = new Map<string, string>();
    const generated = (role: "controlplane" | "worker", contract: string) => {
      const key = `${role} ${contract}`;
      const made =
        bases.get(key) ?? library("1.13").one({ generate: { role, contract, kubernetes: "1.34.4" } }).config ?? "";
      bases.set(key, made);
      return made;
    };
    const questions: { minor: number; what: string; config: string; patches: string[] }[] = [];
    let refused = 0;
    while (questions.length < CASES) {
      const minor = 12 + dice.number(3);
      const given = random.stack(minor);
      const settings = accepted(given);
      if (settings === undefined) {
        refused += 1;
        assert.ok(refused < CASES * 10, `${questions.length} accepted`);
        continue;
      }
      const machine = dice.one(machinesOf(settings));
      const config = generated(machine.role, contractOf(settings));
      questions.push({ minor, what: JSON.stringify(given), config, patches: machinePatches(settings, machine) });
    }
    const made = library("1.13").ask(questions.map(({ config, patches }) => ({ config, patches, validate: true })));
    for (const [index, { what }] of questions.entries()) assert.equal(made[index]?.error, undefined, what);
    for (const minor of [12, 14]) {
      const asked = questions.flatMap((question, index) =>
        question.minor === minor ? [{ ...question, made: made[index] }] : [],
      );
      const taken = library(`1.${minor}` as Library).ask(
        asked.map((each) => ({ config: each.made?.config ?? "", validate: true })),
      );
      for (const [index, { what }] of asked.entries())
        assert.equal(taken[index]?.error, undefined, `1.${minor}: ${what}`);
    }
    // settings that are never wrong would show nothing
    assert.ok(refused > CASES / 10, `${refused} refused`);
  });
});
