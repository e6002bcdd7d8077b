import { issue } from "../../components/talos/certificates.fixture";
import { base, machine } from "../../components/talos/settings.fixture";
import { controlPlanes, network, shaped, talos } from "./talos-shapes.fixture";

const links = {
  eno1: {},
  eno2: {},
  bond0: { bond: { links: ["eno1", "eno2"], mode: "802.3ad" }, mtu: 9000 },
  "bond0.7": { vlan: { parent: "bond0", id: 7 }, mtu: 1500, routes: [{ gateway: "192.0.2.1" }] },
};

const local = (registry: string) => ({
  endpoints: [`https://registry.example:5000/v2/${registry}`],
  overridePath: true,
  skipFallback: true,
});

/** The clouds that people build, by the name of their files. */
export const GOLDEN_SHAPES: Readonly<Record<string, unknown>> = {
  "single-node": shaped({
    tier: "development",
    endpoint: "https://192.0.2.11:6443",
    network: { nodeCidrs: ["192.0.2.0/24"], podCidrs: ["100.65.0.0/16"], serviceCidrs: ["10.96.0.0/16"] },
    machines: { "cp-1": machine("controlplane", 11) },
  }),
  "three-control-planes": shaped({ machines: controlPlanes }),
  "three-control-planes-two-workers": shaped({
    machines: { ...base.machines, "worker-2": { ...machine("worker", 22), labels: { rack: "a2" } } },
    kubernetes: {
      kubelet: { maxPods: 250, systemReserved: { cpu: "500m", memory: "2Gi" } },
      etcd: { quota: "8Gi" },
    },
  }),
  "bonded-vlan-vip": shaped({
    ...network({
      vip: { address: "192.0.2.10", link: "bond0.7" },
      links,
      firewall: { admins: ["203.0.113.0/24"], inside: ["10.244.0.0/16"] },
    }),
    machines: Object.fromEntries(
      Object.entries(base.machines).map(([name, each]) => [
        name,
        { ...each, links: { "bond0.7": { addresses: [`${each.address}/24`] } } },
      ]),
    ),
  }),
  "encrypted-disks-mirrors": shaped({
    ...talos({
      diskEncryption: "tpm",
      userVolumes: { "local-data": { disk: { type: "nvme", size: ">= 1TB" }, minSize: "500GB" } },
    }),
    registries: { mirrors: { "docker.io": { endpoints: ["https://mirror.example"] } } },
  }),
  "air-gapped": shaped(
    {
      ...talos({
        diskEncryption: { kms: "https://kms.example:4050" },
        installer: "registry.example:5000/factory/metal-installer:v1.13.0",
      }),
      ...network({ nameServers: ["192.0.2.53"], timeServers: ["ntp.example.com", "192.0.2.1"] }),
      registries: {
        mirrors: Object.fromEntries(
          ["docker.io", "factory.talos.dev", "gcr.io", "ghcr.io", "quay.io", "registry.k8s.io"].map((registry) => [
            registry,
            local(registry),
          ]),
        ),
        auth: { "registry.example:5000": { username: "puller" } },
        tls: { "registry.example:5000": { ca: issue("site").certificate } },
      },
    },
    { registryPasswords: { "registry.example:5000": "correct horse" } },
  ),
};
