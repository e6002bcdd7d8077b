import { base } from "../../components/talos/settings.fixture";
import { AUTHORITY, ODD, Random, RandomKubernetes } from "./random-kubernetes.fixture";

/** Random settings, like those of somebody who tries: most values fit together, any may be missing or odd. */
export class RandomSettings extends Random {
  private readonly kubernetes = new RandomKubernetes(this.dice);

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
          ...this.maybe({ userVolumes: this.volumes() }),
          ...this.maybe({ hugePages: this.odd([1, 1024], [0, 1e9]) }),
          ...this.maybe({
            watchdog: this.odd<object>([{}, { device: "/dev/watchdog1", timeout: 10 }], [{ timeout: 9 }]),
          }),
          ...this.maybe({
            kernelLog: this.odd(["tcp://192.0.2.40:6051", "udp://log.example:514"], ["tcp://a", "udp://-:1"]),
          }),
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
        ...this.maybe({ kubernetes: this.kubernetes.some() }),
        ...this.maybe({ registries: this.registries() }),
        machines: Object.fromEntries(
          Object.entries(base.machines).map(([name, machine]) => [
            name,
            {
              ...machine,
              ...this.maybe({ installDisk: this.disk() }),
              ...this.maybe({ userVolumes: this.volumes() }),
              ...this.maybe({ hugePages: 2048 }),
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

  private network(): string {
    return this.odd(["198.51.100.0/24", "203.0.113.7/32", "10.0.0.0/8"], ["0.0.0.0/0", "192.0.2.1/24", "10.0/8"]);
  }

  private url(): string {
    const host = this.odd(["registry.example:5000", "192.0.2.5", "a"], ["a:99999", "-a", "[::1]", "a:b@c", "%41"]);
    const path = this.odd(["", "/", "/a"], ["/v2/a", "/%zz", "/a b", "/a?b#c", "//", "/..", "/~"]);
    return `${this.odd(["https", "http"], ["ftp"])}://${host}${path}`;
  }

  private disk(): unknown {
    if (this.dice.chance(30))
      return this.odd(["/dev/sda", "/dev/disk/by-id/a"], ["/dev/", "/dev/a b", "sda", '/dev/a"b']);
    return this.selector();
  }

  private selector(): object {
    return {
      serial: this.odd(["A*", "*", '"*', "\\*", "a'b*", "ü*", "a b*", "\n*"], ["", " "]),
      ...this.maybe({ model: this.odd(["SAMSUNG*"], ODD) }),
      ...this.maybe({
        size: this.odd(["480GB", ">= 100GB", "<1TiB", "== 1.5TB"], ["0.1kB", "100", "1GB GB", "> 999999PB"]),
      }),
      ...this.maybe({ type: this.odd(["ssd", "hdd", "nvme", "sd"], ["disk"]) }),
      ...this.maybe({ busPath: "/pci0000:00/*" }),
    };
  }

  private volumes(): object {
    const volume = () => ({
      disk: this.selector(),
      ...this.odd<object>(
        [{ minSize: "100GiB" }, { maxSize: "1TB" }, { minSize: "1GB", maxSize: "1GiB" }],
        [{}, { minSize: "2TB", maxSize: "1TB" }, { minSize: "-1GB" }, { maxSize: "50%" }, { minSize: "0GB" }],
      ),
      ...this.maybe({ filesystem: this.odd(["xfs", "ext4"], ["btrfs"]) }),
    });
    const name = () => this.odd(["data", "a", "x".repeat(34)], ["x".repeat(35), "A b", "-", "ü"]);
    return Object.fromEntries(this.list(() => [name(), volume()] as const));
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
    if (dice.chance(30)) {
      const bridge = {
        links: this.odd([["bond0"], ["bond0", "eno3"], ["bond0.9"]], [["eno1"], ["eno4"], [], ["br0.7"], ["br0"]]),
        ...this.maybe({ stp: dice.chance(50), vlanFiltering: dice.chance(50) }),
      };
      const parts = {
        eno3: this.odd<object>([{}, { mtu: 1500 }], [{ dhcp: true }]),
        "bond0.9": { vlan: { parent: "bond0", id: 9 } },
      };
      const upon = this.maybe({ "br0.7": { vlan: { parent: "br0", id: 7 } } });
      return { link: "br0", links: { ...bonded, bond0: { bond }, ...parts, br0: { bridge, ...more }, ...upon } };
    }
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
      ...this.maybe({ tls: { [host()]: { ca: this.odd([AUTHORITY, AUTHORITY.repeat(2)], ["x", ""]) } } }),
    };
  }

  private patch(): unknown {
    return this.odd<unknown>(
      [
        { machine: { sysctls: { "net.core.somaxconn": "1024" } } },
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
