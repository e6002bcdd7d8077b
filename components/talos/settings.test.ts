import * as assert from "node:assert/strict";
import { readDeployed } from "./deployed";
import { parseBaseSettings } from "./parse";
import { base, machine } from "./settings.fixture";

const parse = (change: object, deployed: object = {}) =>
  parseBaseSettings({ layer: "base", base: { ...base, ...change } }, readDeployed(deployed));
const network = (change: object) => ({ network: { ...base.network, ...change } });
const talos = (change: object) => ({ talos: { ...base.talos, ...change } });
const machines = (change: object) => ({ machines: { ...base.machines, ...change } });

/** Installer of the image factory for a schematic. */
const factory = (schematic: string) => `factory.talos.dev/metal-installer/${schematic}:v1.13.0`;
const DRBD_AND_ZFS = "98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612";

const bad: Record<string, [change: object, message: RegExp]> = {
  "an unknown key": [{ podCIDR: "10.0.0.0/8" }, /base\.podCIDR: unknown key — .*correct its spelling/],
  "an unknown key of a machine": [machines({ "cp-1": { ...machine("controlplane", 11), disk: "x" } }), /cp-1\.disk/],
  "two machines with one address": [
    machines({ "worker-1": machine("worker", 11) }),
    /worker-1\.address: 192\.0\.2\.11 — must be the machine's own; cp-1 has it/,
  ],
  "a machine outside the node network": [
    machines({ "worker-1": { role: "worker", address: "203.0.113.1" } }),
    /worker-1\.address: 203\.0\.113\.1 — must lie in base\.network\.nodeCidrs/,
  ],
  "no control plane": [{ machines: { "worker-1": machine("worker", 21) } }, /base\.machines: no control plane — /],
  "an even number of control planes": [
    machines({ "cp-4": machine("controlplane", 14) }),
    /4 control planes — must be an odd number/,
  ],
  "a single control plane in production": [
    { machines: { "cp-1": machine("controlplane", 11) } },
    /1 control plane — a production cloud.*tier to development/,
  ],
  "pods in the network of the services": [
    { network: { ...base.network, podCidrs: ["10.96.128.0/17"] } },
    /serviceCidrs\.0: 10\.96\.0\.0\/16 — must not overlap base\.network\.podCidrs\.0 10\.96\.128\.0\/17/,
  ],
  "pods in the network of the machines": [
    { network: { ...base.network, podCidrs: ["192.0.0.0/16"] } },
    /podCidrs\.0: 192\.0\.0\.0\/16 — must not overlap base\.network\.nodeCidrs\.0/,
  ],
  "a version that is too old": [{ kubernetesVersion: "v1.25.0" }, /v1\.25\.0 — must be v1\.32 to v1\.36/],
  "a version that is no version": [{ kubernetesVersion: "1.34" }, /"1\.34" — must be a Kubernetes version like/],
  "extensions that the named image does not have": [
    { talos: { ...base.talos, installer: factory(DRBD_AND_ZFS) } },
    /talos\.extensions: siderolabs\/drbd — must be what base\.talos\.installer carries: siderolabs\/drbd, siderolabs\/zfs/,
  ],
  "an endpoint without https": [
    { endpoint: "http://192.0.2.10" },
    /endpoint: "http:\/\/192\.0\.2\.10" — must be a URL/,
  ],
  // No machine ever takes the address: workers never join and the gate gives up after 30 minutes (siderolabs/talos#8662).
  "an endpoint that nothing answers at": [
    { endpoint: "https://192.0.2.9:6443" },
    /base\.endpoint: https:\/\/192\.0\.2\.9:6443 — must be base\.network\.vip .*externalEndpoint to true/,
  ],
  "an endpoint that is a worker's": [
    { endpoint: "https://192.0.2.21:6443", externalEndpoint: true },
    /must not be a worker's address: worker-1/,
  ],
  "an endpoint at another port than the API servers'": [
    { endpoint: "https://192.0.2.10:443" },
    /endpoint: https:\/\/192\.0\.2\.10:443 — must have port 6443/,
  ],
  "a virtual address that is a machine's": [
    network({ vip: { address: "192.0.2.11", link: "bond0" } }),
    /vip\.address: 192\.0\.2\.11 — must be no machine's own; cp-1 has it/,
  ],
  "a virtual address outside the node network": [
    network({ vip: { address: "203.0.113.1", link: "bond0" } }),
    /vip\.address: 203\.0\.113\.1 — must lie in base\.network\.nodeCidrs/,
  ],
  // kube-apiserver 1.34 exits for two networks of one family, and for fewer than 8 addresses of Services.
  "two networks of Services of one family": [
    network({ serviceCidrs: ["10.96.0.0/16", "10.97.0.0/16"] }),
    /serviceCidrs: .* — must be one network: Kubernetes takes one per IP family/,
  ],
  "two networks of pods of one family": [
    network({ podCidrs: ["100.65.0.0/16", "100.66.0.0/16"] }),
    /podCidrs: .* — must be one network/,
  ],
  "a network of Services that is too small": [
    network({ serviceCidrs: ["10.96.0.0/30"] }),
    /serviceCidrs\.0: 10\.96\.0\.0\/30 — must be a \/29 or larger/,
  ],
  // Talos and Kubernetes look at these texts only when a machine starts.
  "a DNS domain that is none": [
    network({ dnsDomain: "cluster local" }),
    /network\.dnsDomain: "cluster local" — must be/,
  ],
  "an installer that is no image": [talos({ installer: " " }), /talos\.installer: " " — must be an image/],
  "an installer of no version": [talos({ installer: "registry.example:5000/installer" }), /with registry and tag/],
  "a contract newer than the installer": [
    talos({ installer: "registry.example/installer:v1.12.0" }),
    /talos\.version: v1\.13 — must not be newer than the installer, which is v1\.12/,
  ],
  "a Talos that the machines cannot be configured for": [
    talos({ version: "v1.15" }),
    /must be v1\.12, v1\.13 or v1\.14/,
  ],
  // Talos 1.12 runs Kubernetes 1.30 to 1.35, 1.14 runs 1.32 to 1.37 (machinery, compatibility)
  "a Kubernetes that is too new for Talos": [
    { ...talos({ version: "v1.12", installer: "registry.example/installer:v1.12.0" }), kubernetesVersion: "v1.36.0" },
    /kubernetesVersion: v1\.36\.0 — Talos v1\.12 runs v1\.30 to v1\.35/,
  ],
  "an endpoint without port": [{ endpoint: "https://192.0.2.10" }, /endpoint: .* — must be a URL with a port/],
  "an endpoint with a path": [{ endpoint: "https://192.0.2.10:6443/api" }, /must be a URL .*without a path/],
  "an endpoint with a port that is none": [{ endpoint: "https://192.0.2.10:99999" }, /endpoint: .* — must be a URL/],
  "a Talos API at no host": [machines({ "cp-1": { ...machine("controlplane", 11), endpoint: "a b" } }), /host:port/],
  // Talos then sets none of the node's labels, and only its log says so (Talos 1.13; siderolabs/talos#10122, #6750).
  "a label of a worker that its kubelet may not set": [
    machines({ "worker-1": { ...machine("worker", 21), labels: { "node-role.kubernetes.io/worker": "" } } }),
    /worker-1\.labels\.node-role\.kubernetes\.io\/worker: .* — kubelets are refused labels of this domain/,
  ],
  "a label of the application's domain": [
    machines({ "worker-1": { ...machine("worker", 21), labels: { "app.kubernetes.io/component": "x" } } }),
    /labels\.app\.kubernetes\.io\/component: .* — kubelets are refused/,
  ],
  "a label value with a space": [
    machines({ "cp-1": { ...machine("controlplane", 11), labels: { rack: "a 1" } } }),
    /cp-1\.labels\.rack: a 1 — must be a label value/,
  ],
};

describe("the settings of a base stack", () => {
  it("are accepted when they are right", () => {
    assert.equal(String(parse({}).network.podCidrs[0]), "100.65.0.0/16");
  });

  it("know what the usual images of the factory carry", () => {
    const extensions = ["siderolabs/zfs", "siderolabs/drbd"];
    assert.doesNotThrow(() => parse({ talos: { ...base.talos, installer: factory(DRBD_AND_ZFS), extensions } }));
    assert.doesNotThrow(() => parse({ talos: { ...base.talos, installer: factory("ab".repeat(32)), extensions } }));
  });

  it("take an endpoint that is a control plane's, the shared one, or said to be somebody else's", () => {
    assert.doesNotThrow(() => parse({ endpoint: "https://192.0.2.11:6443" }));
    assert.doesNotThrow(() => parse({ endpoint: "https://api.example.com:443", externalEndpoint: true }));
  });

  it("take labels of workers that their kubelets may set, and any of control planes", () => {
    const label = (role: string, last: number, labels: object) => ({ ...machine(role, last), labels });
    const own = label("worker", 21, { rack: "a1", "topology.kubernetes.io/zone": "b", "node.kubernetes.io/x": "" });
    const any = label("controlplane", 11, { "node-role.kubernetes.io/storage": "" });
    assert.doesNotThrow(() => parse(machines({ "worker-1": own, "cp-1": any })));
  });

  for (const [what, [change, message]] of Object.entries(bad)) {
    it(`are refused for ${what}`, () => assert.throws(() => parse(change), { name: "InvalidInput", message }));
  }

  it("are refused with all their problems at once", () => {
    const change = { kubernetesVersion: "v1.20.0", ...machines({ "cp-4": machine("controlplane", 11) }) };
    assert.throws(() => parse(change), /kubernetesVersion[^]*even|kubernetesVersion[^]*odd[^]*cp-4\.address/);
  });

  it("may raise one minor, never skip one or go back", () => {
    assert.doesNotThrow(() => parse({ kubernetesVersion: "v1.35.0" }, { kubernetesVersion: "v1.34.4" }));
    assert.throws(
      () => parse({ kubernetesVersion: "v1.36.0" }, { kubernetesVersion: "v1.34.4" }),
      /must not skip a minor; v1\.34\.4.*go to v1\.35/,
    );
    assert.throws(() => parse({ kubernetesVersion: "v1.34.1" }, { kubernetesVersion: "v1.34.4" }), /must not go back/);
  });

  it("of another layer are refused", () => {
    assert.throws(() => parseBaseSettings({ layer: "tenant", base }), /layer: "tenant"/);
  });
});
