import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { issue } from "../../components/talos/certificates.fixture";
import { base } from "../../components/talos/settings.fixture";

const FOLDER = path.join(PACKAGE_ROOT, "stacks/config");

/** Settings of a base stack with changes, as a stack file has them. */
export const shaped = (change: object, secrets: object = {}): unknown => ({
  layer: "base",
  base: { ...base, ...change },
  ...secrets,
});
export const network = (change: object) => ({ network: { ...base.network, ...change } });
export const talos = (change: object) => ({ talos: { ...base.talos, ...change } });
export const controlPlanes = Object.fromEntries(
  Object.entries(base.machines).filter(([name]) => name.startsWith("cp")),
);

const KUBERNETES = {
  featureGates: { InPlacePodVerticalScaling: true, UserNamespacesSupport: false },
  apiServer: {
    audit: {
      level: "Request",
      rules: [
        { level: "None", users: ["system:kube-scheduler"], verbs: ["get", "watch"], nonResourceURLs: ["/healthz*"] },
        { level: "RequestResponse", resources: [{ group: "apps", resources: ["deployments"], resourceNames: ["a"] }] },
        { level: "Metadata", namespaces: ["kube-system"], userGroups: ["system:nodes"] },
      ],
    },
    oidc: {
      issuer: "https://id.example.com/realms/cloud",
      clientId: "kubernetes",
      usernameClaim: "preferred_username",
      groupsClaim: "groups",
      ca: issue("site").certificate,
    },
    extraArgs: { "goaway-chance": "0.001", "enable-admission-plugins": "DenyServiceExternalIPs" },
  },
  controllerManager: { extraArgs: { "bind-address": "0.0.0.0" } },
  scheduler: { extraArgs: { v: "2" } },
  kubelet: {
    maxPods: 512,
    systemReserved: { memory: "4Gi" },
    kubeReserved: { cpu: "1", memory: "2Gi", ephemeralStorage: "1Gi" },
    evictionHard: { memory: "5%" },
    extraArgs: { "image-gc-high-threshold": "70" },
  },
  etcd: { quota: "8Gi", heartbeatInterval: 200, electionTimeout: 2000, extraArgs: { "snapshot-count": "50000" } },
};
const HOST = {
  userVolumes: {
    "local-data": { disk: { serial: "S5*", type: "ssd", busPath: "/pci0000:00/*" }, minSize: "100GiB", maxSize: "1TB" },
    archive: { disk: { wwid: "naa.5*", size: ">= 4TB", type: "hdd" }, minSize: "500GB" },
  },
  hugePages: 1024,
  watchdog: {},
  kernelLog: "tcp://192.0.2.40:6051",
};

/** Settings by what they are about. */
export const SHAPES: Readonly<Record<string, unknown>> = {
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
  "bridges of bonds, VLANs and physical links": shaped({
    ...network({
      vip: { address: "192.0.2.10", link: "br0" },
      links: {
        eno1: {},
        eno2: {},
        eno3: { mtu: 9000 },
        bond0: { bond: { links: ["eno1", "eno2"], mode: "active-backup" } },
        "bond0.8": { vlan: { parent: "bond0", id: 8 } },
        br0: { bridge: { links: ["bond0"], stp: true, vlanFiltering: true }, routes: [{ gateway: "192.0.2.1" }] },
        br1: { bridge: { links: ["eno3"] }, mtu: 9000 },
        "br0.9": { vlan: { parent: "br0", id: 9 }, dhcp: true },
      },
    }),
    machines: Object.fromEntries(
      Object.entries(base.machines).map(([name, machine]) => [
        name,
        { ...machine, links: { br0: { addresses: [`${machine.address}/24`] } } },
      ]),
    ),
  }),
  "patches of all machines, of a role and of one machine": shaped({
    talos: {
      ...base.talos,
      patches: {
        all: [
          { machine: { sysctls: { "net.core.somaxconn": "1024" }, kernel: { modules: [{ name: "nbd" }] } } },
          { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "EPHEMERAL", provisioning: { maxSize: "100GiB" } },
        ],
        controlplane: [{ cluster: { apiServer: { resources: { requests: { memory: "1Gi" } } } } }],
        worker: [{ apiVersion: "v1alpha1", kind: "EthernetConfig", name: "eno1", rings: { rx: 4096, tx: 4096 } }],
      },
    },
    machines: {
      ...base.machines,
      "worker-1": {
        ...base.machines["worker-1"],
        patches: [{ machine: { sysctls: { "net.core.somaxconn": "2048" } } }],
      },
    },
  }),
  "everything of Kubernetes": shaped({ kubernetes: KUBERNETES }),
  "volumes, huge pages, a watchdog and the kernel's log": shaped({
    talos: { ...base.talos, ...HOST, diskEncryption: "tpm" },
    machines: {
      ...base.machines,
      "worker-1": {
        ...base.machines["worker-1"],
        hugePages: 4096,
        userVolumes: { scratch: { disk: { model: 'a"b\\*', size: "<= 1.5TB" }, maxSize: "1TiB", filesystem: "ext4" } },
      },
    },
  }),
  "images by class": shaped({
    talos: {
      version: base.talos.version,
      installDisk: base.talos.installDisk,
      image: { version: "v1.13.0", extensions: ["siderolabs/drbd"], kernelArguments: ["console=ttyS0,115200"] },
      images: { gpu: { extensions: ["siderolabs/drbd", "siderolabs/nvidia-open-gpu-kernel-modules-lts"] } },
    },
    machines: { ...base.machines, "worker-1": { ...base.machines["worker-1"], image: "gpu" } },
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
