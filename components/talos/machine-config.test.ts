import * as assert from "node:assert/strict";
import { machinePatches } from "./machine-config";
import type { BaseSettings, Machine } from "./settings";
import { base, settings } from "./settings.fixture";

const cluster = settings();
const machine: Machine = {
  name: "cp-1",
  role: "controlplane",
  address: "192.0.2.11",
  labels: {},
  patches: [],
};

interface Patch {
  readonly kind?: string;
  readonly hostname?: string;
  readonly auto?: string;
  readonly machine?: {
    readonly install: object;
    readonly certSANs: string[];
    readonly nodeLabels?: object;
    readonly kernel: { readonly modules: object[] };
    readonly files: { readonly path: string }[];
    readonly kubelet: { readonly nodeIP: { readonly validSubnets: string[] } };
  };
  readonly cluster?: {
    readonly network?: object;
    readonly proxy?: object;
    readonly apiServer?: object;
    readonly etcd?: object;
  };
}

const patches = (change: Partial<Machine> = {}) =>
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

  it("set the installer, whose default is never right", () => {
    assert.deepEqual(patches({ installDisk: "/dev/disk/by-id/x" })[0]?.machine?.install, {
      disk: "/dev/disk/by-id/x",
      image: "registry.example/installer:v1.13.0",
    });
  });

  // Talos loads no module by itself. The service of the zfs extension waits for /dev/zfs, and after 70 minutes the boot
  // counts as failed and the machine restarts, for ever (Talos 1.13.0; siderolabs/talos#9904, #8466).
  it("load the modules of the extensions that the image carries, and no other", () => {
    const loaded = (...extensions: string[]) =>
      (JSON.parse(machinePatches(settings({ talos: { ...base.talos, extensions } }), machine)[0] ?? "") as Patch)
        .machine?.kernel.modules;
    const always = [{ name: "openvswitch" }, { name: "dm-thin-pool" }];
    const drbd = [{ name: "drbd", parameters: ["usermode_helper=disabled"] }, { name: "drbd_transport_tcp" }];
    assert.deepEqual(loaded(), always);
    assert.deepEqual(loaded("siderolabs/drbd"), [...always, ...drbd]);
    assert.deepEqual(loaded("siderolabs/drbd", "siderolabs/zfs"), [...always, ...drbd, { name: "zfs" }]);
    assert.deepEqual(loaded("siderolabs/qemu-guest-agent"), always);
  });

  it("give the machine its name and turn the generated one off", () => {
    const { kind, hostname, auto } = patches().at(-1) ?? {};
    assert.deepEqual({ kind, hostname, auto }, { kind: "HostnameConfig", hostname: "cp-1", auto: "off" });
  });

  it("keep the API server's settings off workers", () => {
    const of = (role: Machine["role"]) => patches({ role }).some(({ cluster }) => cluster?.apiServer !== undefined);
    assert.deepEqual([of("controlplane"), of("worker")], [true, false]);
  });

  it("let workloads onto control planes only where there are no workers", () => {
    const { "worker-1": _, ...controlPlanes } = base.machines;
    const scheduled = (cluster: BaseSettings) =>
      machinePatches(cluster, machine).some((patch) => patch.includes('"allowSchedulingOnControlPlanes":true'));
    assert.deepEqual([scheduled(cluster), scheduled(settings({ machines: controlPlanes }))], [false, true]);
  });

  // Talos 1.13 labels control planes so, and MetalLB announces nothing from them (metallb/metallb#2676, #2274).
  it("let load balancers use control planes only where there are no workers", () => {
    const { "worker-1": _, ...controlPlanes } = base.machines;
    const alone = machinePatches(settings({ machines: controlPlanes }), machine)[0] ?? "";
    assert.deepEqual((JSON.parse(alone) as Patch).machine?.nodeLabels, {
      "node.kubernetes.io/exclude-from-external-load-balancers": { $patch: "delete" },
    });
    assert.equal(patches()[0]?.machine?.nodeLabels, undefined);
    assert.equal(patches({ role: "worker" })[0]?.machine?.nodeLabels, undefined);
  });

  // Otherwise the machine activates volume groups of guests, and their devices stay busy
  // (Talos 1.13; piraeusdatastore/piraeus-operator#182, deckhouse/deckhouse#1067).
  it("keep LVM of the machine away from replicated volumes and what lies in other volumes", () => {
    const files = patches({ role: "worker" })[0]?.machine?.files ?? [];
    assert.deepEqual(
      files.find(({ path }) => path === "/etc/lvm/lvm.conf"),
      {
        path: "/etc/lvm/lvm.conf",
        op: "overwrite",
        permissions: 0o644,
        content: [
          "backup {",
          "  backup = 0",
          "  archive = 0",
          "}",
          "devices {",
          '  global_filter = [ "r|^/dev/drbd|", "r|^/dev/dm-|", "r|^/dev/zd|", "r|^/dev/loop|" ]',
          "}",
          "",
        ].join("\n"),
      },
    );
  });

  // Named and never configured, the address is one that no machine takes (siderolabs/talos#8662, #4011).
  it("have control planes share the virtual address, which is never taken for a machine's own", () => {
    const of = (role: Machine["role"]) => patches({ role }).find(({ kind }) => kind === "Layer2VIPConfig");
    assert.deepEqual(of("controlplane"), {
      apiVersion: "v1alpha1",
      kind: "Layer2VIPConfig",
      name: "192.0.2.10",
      link: "bond0",
    });
    assert.equal(of("worker"), undefined);
    const own = ["192.0.2.0/24", "!192.0.2.10/32"];
    const [common, controlPlane] = patches();
    assert.deepEqual(common?.machine?.kubelet.nodeIP.validSubnets, own);
    assert.deepEqual(controlPlane?.cluster?.etcd, { advertisedSubnets: own, listenSubnets: own });
    const named = settings({ endpoint: "https://api.example.com:6443", externalEndpoint: true });
    const first = JSON.parse(machinePatches(named, machine)[0] ?? "") as Patch;
    assert.deepEqual(first.machine?.certSANs, ["api.example.com", "192.0.2.10"]);
  });

  it("never carry an empty map of labels", () => {
    assert.equal(patches()[0]?.machine?.nodeLabels, undefined);
    assert.deepEqual(patches({ labels: { rack: "a1" } })[0]?.machine?.nodeLabels, { rack: "a1" });
  });

  it("encrypt disks and close ports where the settings say so", () => {
    const closed = settings({
      talos: { ...base.talos, diskEncryption: "tpm" },
      network: { ...base.network, firewall: { admins: ["203.0.113.0/24"], inside: ["10.244.0.0/16"] } },
    });
    const kinds = machinePatches(closed, machine).map((patch) => {
      const { kind = "", name = "" } = JSON.parse(patch) as { kind?: string; name?: string };
      return `${kind} ${name}`.trim();
    });
    assert.deepEqual(kinds.slice(2), [
      "Layer2VIPConfig 192.0.2.10",
      "VolumeConfig STATE",
      "VolumeConfig EPHEMERAL",
      "NetworkDefaultActionConfig",
      "NetworkRuleConfig machines-tcp",
      "NetworkRuleConfig machines-udp",
      "NetworkRuleConfig admins",
      "HostnameConfig",
    ]);
    assert.equal(machinePatches(cluster, machine).length, 4);
  });
});
