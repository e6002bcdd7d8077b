import * as assert from "node:assert/strict";
import { run as deployPlatform } from "../../stacks/platform";
import { crdBundle } from "../../sandbox/charts";
import { silentProgress } from "../../sandbox/offline/toolchain";
import { base, ROOT, settings } from "../../components/platform/platform.fixture";
import { CrdCatalog, type Manifest } from "../support/crd-conformance";
import { registrations } from "../support/registrations";

const qualified = (stack: string) => `organization/firmament/${stack}`;

/** Without LINSTOR's and MetalLB's own custom resources. */
const ALTERNATIVES = "with the alternatives";

const BGP = {
  asNumber: 64512,
  peers: {
    "tor-a": { address: "192.0.2.1", asNumber: 64500, password: true, machines: ["worker-1"] },
    "tor-b": { address: "192.0.2.2", asNumber: 64501, hops: 3, machines: ["worker-2"] },
  },
  communities: ["65535:65281"],
  localPreference: 200,
};

const NETWORKS = {
  vpcs: { bank: { routes: [{ cidr: "203.0.113.0/24", via: "10.60.0.254" }] } },
  subnets: {
    shop: { cidr: "10.50.0.0/24", namespaces: ["shop"], allowedNetworks: ["10.51.0.0/24"] },
    vault: { cidr: "10.60.0.0/24", namespaces: ["vault"], vpc: "bank" },
  },
};

const variants: Record<string, object> = {
  [ALTERNATIVES]: {
    tier: "development",
    storage: {},
    components: {
      metallb: { enabled: false },
      "cilium-lb-ipam": { enabled: true },
      piraeus: { enabled: false },
      "local-path": { enabled: true },
    },
  },
  "in production": {},
  "with networks of its own, a public authority and guests that move": {
    networking: { ...settings.platform.networking, ...NETWORKS },
    certificates: {
      acme: { server: "https://acme.example/directory", email: "ops@example.com", ingressClass: "nginx" },
    },
    virtualization: {
      cpuModel: "Haswell-noTSX",
      memoryOverhead: "1.5",
      migrationNetwork: "migrations",
      parallelMigrations: 10,
      migrationBandwidth: "512Mi",
      instanceTypes: true,
    },
  },
  "with routers": { networking: { ...settings.platform.networking, bgp: BGP } },
  "with routers of the network's own agents": {
    networking: { ...settings.platform.networking, bgp: BGP },
    components: { metallb: { enabled: false }, "cilium-lb-ipam": { enabled: true }, hubble: { enabled: true } },
  },
  "in development, with files as disks": {
    tier: "development",
    storage: { pool: { directory: "/var/lib/pools" }, replicas: 2 },
  },
  "behind a mirror, on thin LVM": {
    mirror: { charts: "https://charts.example", images: "registry.example/mirror" },
    storage: { pool: { lvmThin: { volumeGroup: "vg", thinPool: "thin" } }, replicas: 3 },
  },
};

describe("custom resources of a platform", function () {
  let catalog: CrdCatalog;

  before(async function () {
    this.timeout(300_000);
    const bundle = await crdBundle({ progress: silentProgress }).catch((error: unknown) => {
      process.stdout.write(`    the definitions cannot be had here: ${String(error)}\n`);
    });
    if (bundle === undefined) return this.skip();
    catalog = new CrdCatalog([bundle]);
  });

  for (const [what, change] of Object.entries(variants)) {
    it(`${what} fit the definitions of their components, with no field to spare`, async () => {
      const platform = { ...settings.platform, ...change };
      const made = await registrations(
        () =>
          deployPlatform({
            stack: { layer: "platform", cloud: "berlin" },
            settings: { ...settings, bgpPasswords: { "tor-a": "secret" }, platform },
            qualified,
            root: ROOT,
          }),
        {
          stacks: { [qualified("base.berlin")]: base },
          config: {
            "firmament:storagePassphrase": settings.storagePassphrase,
            "firmament:bgpPasswords": JSON.stringify({ "tor-a": "secret" }),
          },
        },
      );
      const manifests = made.map(({ inputs }) => inputs as unknown as Manifest).filter(isCustom);
      const least = what === ALTERNATIVES ? 12 : 16;
      assert.ok(manifests.length >= least, `${manifests.length} custom resources`);
      assert.deepEqual(
        manifests.flatMap((manifest) => catalog.problems(manifest)),
        [],
      );
    });
  }
});

/** Kubernetes' own groups have no dot, or end in k8s.io without being served by a definition. */
function isCustom({ apiVersion }: Manifest): boolean {
  if (apiVersion === undefined) return false;
  const [group = ""] = apiVersion.split("/");
  return (
    group.includes(".") && !["storage.k8s.io", "networking.k8s.io", "admissionregistration.k8s.io"].includes(group)
  );
}
