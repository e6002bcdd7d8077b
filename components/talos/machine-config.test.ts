import * as assert from "node:assert/strict";
import { Cidr } from "../core/cidr";
import { machinePatches } from "./machine-config";

const cluster = {
  endpoint: "https://192.0.2.10:6443",
  nodeCidrs: [Cidr.parse("192.0.2.0/24")],
  podCidrs: [Cidr.parse("100.65.0.0/16")],
  serviceCidrs: [Cidr.parse("10.96.0.0/16")],
  dnsDomain: "cluster.local",
  installer: "registry.example/installer:v1.13.0",
  scheduleOnControlPlanes: false,
};
const machine = { name: "cp-1", role: "controlplane", installDisk: "/dev/sda", labels: {} } as const;

interface Patch {
  readonly kind?: string;
  readonly hostname?: string;
  readonly auto?: string;
  readonly machine?: { readonly install: object; readonly certSANs: string[]; readonly nodeLabels?: object };
  readonly cluster?: { readonly network?: object; readonly proxy?: object; readonly apiServer?: object };
}

const patches = (change: object = {}) =>
  machinePatches(cluster, { ...machine, ...change }).map((patch) => JSON.parse(patch) as Patch);

describe("the patches of a machine", () => {
  it("are JSON documents, which the provider never takes for file names", () => {
    for (const patch of machinePatches(cluster, machine)) assert.ok(patch.startsWith("{"));
  });

  it("leave network and proxy to the platform, with the networks of the settings", () => {
    const [common] = patches();
    assert.deepEqual(common?.cluster, {
      network: {
        cni: { name: "none" },
        podSubnets: ["100.65.0.0/16"],
        serviceSubnets: ["10.96.0.0/16"],
        dnsDomain: "cluster.local",
      },
      proxy: { disabled: true },
      discovery: { enabled: false },
    });
  });

  it("set the installer and the disk, whose defaults are never right", () => {
    const install = { disk: "/dev/nvme0n1", image: "registry.example/installer:v1.13.0" };
    assert.deepEqual(patches({ installDisk: "/dev/nvme0n1" })[0]?.machine?.install, install);
  });

  it("give the machine its name and turn the generated one off", () => {
    const { kind, hostname, auto } = patches().at(-1) ?? {};
    assert.deepEqual({ kind, hostname, auto }, { kind: "HostnameConfig", hostname: "cp-1", auto: "off" });
  });

  it("keep the API server's settings off workers", () => {
    const of = (role: string) => patches({ role }).some(({ cluster }) => cluster?.apiServer !== undefined);
    assert.deepEqual([of("controlplane"), of("worker")], [true, false]);
  });

  it("never carry an empty map of labels", () => {
    assert.equal(patches()[0]?.machine?.nodeLabels, undefined);
    assert.deepEqual(patches({ labels: { rack: "a1" } })[0]?.machine?.nodeLabels, { rack: "a1" });
  });

  it("encrypt disks and close ports where the settings say so", () => {
    const settings = {
      ...cluster,
      diskEncryption: "tpm" as const,
      firewall: { admins: [Cidr.parse("203.0.113.0/24")], inside: [Cidr.parse("10.244.0.0/16")] },
    };
    const kinds = machinePatches(settings, machine).map((patch) => {
      const { kind = "", name = "" } = JSON.parse(patch) as { kind?: string; name?: string };
      return `${kind} ${name}`.trim();
    });
    assert.deepEqual(kinds.slice(2), [
      "VolumeConfig STATE",
      "VolumeConfig EPHEMERAL",
      "NetworkDefaultActionConfig",
      "NetworkRuleConfig machines-tcp",
      "NetworkRuleConfig machines-udp",
      "NetworkRuleConfig admins",
      "HostnameConfig",
    ]);
    assert.equal(machinePatches(cluster, machine).length, 3);
  });
});
