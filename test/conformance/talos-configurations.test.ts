import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { issue } from "../../components/talos/certificates.fixture";
import { machinePatches } from "../../components/talos/machine-config";
import { parseBaseSettings } from "../../components/talos/parse";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";
import { base } from "../../components/talos/settings.fixture";
import { contractOf } from "../../components/talos/version";
import { TALOS_MINORS } from "../../versions/talos";
import { type Answer, type Library, TalosOracle } from "../support/talos-oracle";

const FOLDER = path.join(PACKAGE_ROOT, "stacks/config");

const shaped = (change: object, secrets: object = {}): unknown => ({
  layer: "base",
  base: { ...base, ...change },
  ...secrets,
});
const network = (change: object) => ({ network: { ...base.network, ...change } });
const talos = (change: object) => ({ talos: { ...base.talos, ...change } });
const controlPlanes = Object.fromEntries(Object.entries(base.machines).filter(([name]) => name.startsWith("cp")));

/** Settings by what they are about. */
const SHAPES: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    fs
      .readdirSync(FOLDER)
      .filter((file) => file.startsWith("Pulumi.base."))
      .map((file) => [file, inFile(path.join(FOLDER, file))]),
  ),
  "an address that control planes share": shaped({}),
  "control planes only": shaped({ machines: controlPlanes }),
  "a firewall": shaped(network({ firewall: { admins: ["198.51.100.0/24"], inside: ["203.0.113.0/24"] } })),
  "a firewall without administrators": shaped(network({ firewall: {} })),
  "keys in the TPM": shaped(talos({ diskEncryption: "tpm" })),
  "keys of a server": shaped(talos({ diskEncryption: { kms: "https://kms.example:4050" } })),
  "disks by what they are, by path and by name": shaped({
    tier: "development",
    machines: {
      ...base.machines,
      "cp-1": { ...base.machines["cp-1"], installDisk: { wwid: "eui.0025388b11b2*", model: "SAMSUNG*", type: "nvme" } },
      "cp-2": { ...base.machines["cp-2"], installDisk: { busPath: "/pci0000:00/0000:00:17.0/*", size: "1.92TB" } },
      "cp-3": { ...base.machines["cp-3"], installDisk: "/dev/disk/by-path/pci-0000:00:17.0-ata-1" },
      "worker-1": { ...base.machines["worker-1"], installDisk: "/dev/sdb" },
    },
  }),
  "a site without internet: servers of its own, mirrors with passwords and an authority": shaped(
    {
      ...network({ nameServers: ["192.0.2.53"], timeServers: ["ntp.example.com", "192.0.2.1"] }),
      registries: {
        mirrors: {
          "*": { endpoints: ["https://registry.example:5000"], skipFallback: true },
          "ghcr.io": { endpoints: ["https://registry.example:5000/v2/ghcr", "http://192.0.2.5"], overridePath: true },
        },
        auth: { "registry.example:5000": { username: "puller" } },
        tls: { "registry.example:5000": { ca: issue("site").certificate } },
      },
    },
    { registryPasswords: { "registry.example:5000": "correct horse" } },
  ),
  "a bond with VLANs, the shared address on one of them": shaped({
    ...network({
      vip: { address: "192.0.2.10", link: "bond0.7" },
      links: {
        uplink1: {},
        uplink2: {},
        bond0: { bond: { links: ["uplink1", "uplink2"], mode: "802.3ad" }, mtu: 9000 },
        "bond0.7": { vlan: { parent: "bond0", id: 7 }, mtu: 1500, routes: [{ gateway: "192.0.2.1" }] },
        "bond0.8": { vlan: { parent: "bond0", id: 8 }, dhcp: true },
      },
    }),
    machines: Object.fromEntries(
      Object.entries(base.machines).map(([name, machine], index) => [
        name,
        {
          ...machine,
          links: {
            uplink1: { mac: `52:54:00:00:01:0${index}` },
            uplink2: { mac: `52:54:00:00:02:0${index}` },
            "bond0.7": { addresses: [`${machine.address}/24`] },
          },
        },
      ]),
    ),
  }),
  "plain links, static and by DHCP, and every other mode of bonds": shaped({
    ...network({ vip: { address: "192.0.2.10", link: "eno1" } }),
    machines: Object.fromEntries(
      Object.entries(base.machines).map(([name, machine]) => [
        name,
        {
          ...machine,
          links: {
            eno1: {
              addresses: [`${machine.address}/24`],
              routes: [
                { destination: "0.0.0.0/0", gateway: "192.0.2.1" },
                { destination: "198.51.100.0/24", gateway: "192.0.2.254", metric: 10 },
              ],
            },
            eno2: { dhcp: true },
            ...Object.fromEntries(
              ["active-backup", "balance-xor", "balance-rr", "balance-tlb", "balance-alb", "broadcast"].flatMap(
                (mode, index) => [
                  [`bond${index}`, { bond: { links: [`port${index}`], mode } }],
                  [`port${index}`, {}],
                ],
              ),
            ),
          },
        },
      ]),
    ),
  }),
  "patches of all machines, of a role and of one machine": shaped({
    talos: {
      ...base.talos,
      patches: {
        all: [
          { machine: { sysctls: { "vm.nr_hugepages": "1024" }, kernel: { modules: [{ name: "nbd" }] } } },
          { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "EPHEMERAL", provisioning: { maxSize: "100GiB" } },
        ],
        controlplane: [{ cluster: { apiServer: { extraArgs: { "oidc-client-id": "kubernetes" } } } }],
        worker: [{ apiVersion: "v1alpha1", kind: "WatchdogTimerConfig", device: "/dev/watchdog0", timeout: "2m" }],
      },
    },
    machines: {
      ...base.machines,
      "worker-1": { ...base.machines["worker-1"], patches: [{ machine: { sysctls: { "vm.nr_hugepages": "2048" } } }] },
    },
  }),
  "ZFS and labels": shaped({
    ...talos({ extensions: ["siderolabs/drbd", "siderolabs/zfs"] }),
    machines: {
      ...base.machines,
      "worker-2": { role: "worker", address: "192.0.2.22", labels: { "example.com/a": "b" } },
    },
  }),
};

function inFile(file: string): unknown {
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return { layer: config["firmament:layer"], base: config["firmament:base"] };
}

/** The settings for a version of Talos, with an installer of it. */
function settingsFor(minor: number, given: unknown): BaseSettings {
  const { base: settings, ...others } = structuredClone(given) as { base: typeof base };
  const installer = settings.talos.installer.replace(/:v[\d.]+$/, `:v1.${minor}.0`);
  return parseBaseSettings({
    ...others,
    base: { ...settings, talos: { ...settings.talos, version: `v1.${minor}`, installer } },
  });
}

const LIBRARIES: readonly Library[] = ["1.12", "1.13", "1.14"];

// what the pinned provider makes: terraform-provider-talos 0.11.0 with machinery 1.13.0
describe("configurations of machines", function () {
  const libraries = new Map<Library, TalosOracle>();
  const library = (name: Library) => libraries.get(name) ?? assert.fail(name);

  /** As generated, by role and contract; keys take their time. */
  const bases = new Map<string, string>();

  before(async function () {
    for (const name of LIBRARIES) libraries.set(name, await TalosOracle.start(this, name));
    for (const role of ["controlplane", "worker"] as const) {
      for (const contract of ["v1.12", "v1.13"]) {
        const { config } = library("1.13").one({ generate: { role, contract, kubernetes: "1.34.4" } });
        bases.set(`${role} ${contract}`, config ?? "");
      }
    }
  });

  /** The configuration of every machine, as the provider makes it. */
  const generated = (settings: BaseSettings): readonly { readonly name: string; readonly answer: Answer }[] => {
    const machines = machinesOf(settings);
    const answers = library("1.13").ask(
      machines.map((machine) => ({
        config: bases.get(`${machine.role} ${contractOf(settings)}`) ?? "",
        patches: machinePatches(settings, machine),
        validate: true,
      })),
    );
    return machines.map(({ name }, index) => ({ name, answer: answers[index] ?? {} }));
  };

  for (const [what, given] of Object.entries(SHAPES)) {
    it(`are valid for each Talos that they are for: ${what}`, () => {
      for (const minor of [12, 13, 14]) {
        const settings = settingsFor(minor, given);
        for (const { name, answer } of generated(settings)) {
          const { error } = answer;
          assert.equal(error, undefined, `${name}, for v1.${minor}, in 1.13`);
          const [taken = {}] = library(`1.${minor}` as Library).ask([{ config: answer.config ?? "", validate: true }]);
          assert.equal(taken.error, undefined, `${name}, for v1.${minor}`);
          const warnings = (taken.warnings ?? []).filter((text) => !/machine\.files/.test(text));
          assert.deepEqual(warnings, [], `${name}, for v1.${minor}`);
        }
      }
    });
  }

  it("have what patches of the stack file say, over what the program says", () => {
    const value = { machine: { sysctls: { "net.core.netdev_max_backlog": "10000" } } };
    const change = shaped(talos({ patches: { all: [value] } }));
    for (const { answer } of generated(settingsFor(13, change))) {
      const { sysctls } = answer.documents?.[0]?.["machine"] as { sysctls: Record<string, string> };
      assert.equal(sysctls["net.core.netdev_max_backlog"], "10000");
      assert.equal(sysctls["net.ipv4.tcp_orphan_retries"], "3");
    }
  });

  it("are refused where a patch is wrong, so that the test above can fail", () => {
    const config = { role: "worker", contract: "v1.13", kubernetes: "1.34.4" } as const;
    const patch = { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "STATE", provisioning: { minSize: "1GiB" } };
    const [readable, valid] = library("1.13").ask([
      { generate: config, patches: [JSON.stringify(patch)] },
      { generate: config, patches: [JSON.stringify(patch)], validate: true },
    ]);
    assert.equal(readable?.error, undefined);
    assert.match(valid?.error ?? "", /^validation: /);
  });

  // the library of 1.14 knows the older ones too
  it("are for versions of Kubernetes and upgrades that Talos itself supports", () => {
    const asked = Object.entries(TALOS_MINORS).flatMap(([minor, { kubernetes, from }]) =>
      [28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38].flatMap((other) => [
        {
          question: { compatible: { talos: `1.${minor}.0`, kubernetes: `1.${other}.0` } },
          supported: kubernetes.oldest <= other && other <= kubernetes.newest,
        },
        {
          question: { compatible: { talos: `1.${minor}.0`, from: `1.${other - 20}.0` } },
          supported: from.oldest <= other - 20 && other - 20 <= from.newest,
        },
      ]),
    );
    const answers = library("1.14").ask(asked.map(({ question }) => question));
    for (const [index, { question, supported }] of asked.entries()) {
      assert.equal(answers[index]?.error === undefined, supported, JSON.stringify(question));
    }
  });
});
