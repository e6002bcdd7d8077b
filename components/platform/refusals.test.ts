import * as assert from "node:assert/strict";
import { Cidr } from "../core/cidr";
import { InvalidInput, refuse } from "../core/problem";
import { type ChartLock, lockedChart, readChartLock } from "./charts/lock";
import type { ManagementCluster } from "./component";
import { refuseChanged } from "./fixed-settings";
import { refuseClosedMachines, refuseLostAddresses, refuseNetworkOverlaps } from "./networks";
import { planPlatform } from "./plan";
import { management, ROOT, settings } from "./platform.fixture";
import { parsePlatformSettings } from "./settings";
import { upgradeProblems, versionsOf } from "./upgrades";

const lock = readChartLock(ROOT);
const { networking, storage } = settings.platform;

interface Wrong {
  /** Sections of `platform:` in place of those that are right. */
  readonly change?: object;
  /** Settings beside `platform:`; undefined takes one away. */
  readonly more?: object;
  readonly machines?: Partial<ManagementCluster>;
  /** Networks that the machines' firewall lets in. */
  readonly reachableFrom?: readonly string[];
  /** What the last deployment published. */
  readonly deployed?: Readonly<Record<string, object>>;
  /** Digest of chart files, where it is not that of the lock. */
  readonly vendored?: (path: string) => string | undefined;
  /** Digests of charts in the lock. */
  readonly pinned?: Readonly<Record<string, string>>;
}

/** Everything that the program of a platform looks at before its first resource, in its order. */
function problemsOf({
  change,
  more,
  machines,
  reachableFrom,
  deployed = {},
  vendored = () => "any",
  pinned = {},
}: Wrong): string[] {
  const cluster = { ...management, ...machines };
  try {
    const raw = { ...settings, ...more, platform: { ...settings.platform, ...change } };
    const parsed = parsePlatformSettings(JSON.parse(JSON.stringify(raw)));
    const uses = { nodeCidrs: cluster.nodeCidrs, serviceCidrs: cluster.serviceCidrs, podCidrs: ["100.65.0.0/16"] };
    const named = Object.entries(uses).flatMap(([where, networks]) =>
      networks.map((network, index) => ({ where: `base.network.${where}.${index}`, network: Cidr.parse(network) })),
    );
    refuseNetworkOverlaps(parsed, named);
    refuseClosedMachines(parsed, reachableFrom);
    refuseLostAddresses(parsed, deployed["networks"]);
    const plan = planPlatform(parsed, cluster, { lock: withDigests(pinned), vendored });
    refuseChanged(plan.fixed, deployed["fixed"]);
    const before = deployed["versions"] === undefined ? undefined : { ...versionsOf(plan), ...deployed["versions"] };
    refuse("platform configuration", upgradeProblems(plan, before));
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.problems.map(({ where, given, rule, fix }) => `${where}: ${given} — ${rule}; ${fix}`);
  }
  return [];
}

function withDigests(digests: Readonly<Record<string, string>>): ChartLock {
  const pinned = Object.entries(digests).map(([chart, digest]) => [chart, { ...lockedChart(lock, chart), digest }]);
  return { ...lock, ...(Object.fromEntries(pinned) as ChartLock) };
}

const net = (change: object): Wrong => ({ change: { networking: { ...networking, ...change } } });
const disks = (change: object): Wrong => ({ change: { storage: { ...storage, ...change } } });
const switched = (components: object, rest: object = {}): Wrong => ({ change: { components, ...rest } });
const off = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { enabled: false }]));
const on = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { enabled: true }]));
const values = (chart: string, given: object): Wrong => ({ change: { values: { [chart]: given } } });
const machine = (role: "controlplane" | "worker", last: number) => ({ role, address: `192.0.2.${last}` });
const few = {
  "cp-1": machine("controlplane", 11),
  "worker-1": machine("worker", 21),
  "worker-2": machine("worker", 22),
};

/** Wrong settings and what the one message about each says. */
const REFUSALS: Readonly<Record<string, readonly [Wrong, RegExp]>> = {
  "an unknown section": [{ change: { netwroking: {} } }, /^platform\.netwroking: unknown key/],
  "an unknown tier": [{ change: { tier: "prod" } }, /^platform\.tier: "prod"/],
  "an unknown component": [switched({ metalb: { enabled: false } }), /^platform\.components\.metalb: unknown key/],
  "a switch that is no switch": [switched({ metallb: false }), /^platform\.components\.metallb: false/],
  "a switch that is text": [switched({ metallb: { enabled: "no" } }), /^platform\.components\.metallb\.enabled: "no"/],
  "no load balancer": [switched(off("metallb")), /load-balancer: provided by no component .* — .*metallb/],
  "no virtual machines": [
    switched(off("kubevirt")),
    /virtualization, cluster-api\/infrastructure: provided by no component .*kubevirt/,
  ],
  "no Cluster API": [switched(off("cluster-api")), /cluster-api, cluster-api\/bootstrap: provided by no component/],
  "two load balancers": [
    switched(on("cilium-lb-ipam")),
    /load-balancer: .*metallb.*cilium-lb-ipam|load-balancer: .*cilium-lb-ipam.*metallb/,
  ],
  "two local classes": [
    switched(on("local-path")),
    /volumes, storage-class\/local: provided by piraeus and local-path/,
  ],
  "production without copies of volumes": [
    { ...switched({ ...off("piraeus"), ...on("local-path") }) },
    /storage-class\/replicated: /,
  ],
  "no pod network": [switched(off("kube-ovn")), /pod-network: provided by no component/],
  "no certificates": [switched(off("cert-manager")), /certificates: provided by no component/],
  "no network of pods": [net({ podCidr: undefined }), /^platform\.networking\.podCidr: missing/],
  "a network that is none": [net({ podCidr: "10.244.0.0" }), /^platform\.networking\.podCidr: "10\.244\.0\.0"/],
  "no addresses for load balancers": [net({ loadBalancerCidrs: [] }), /^platform\.networking\.loadBalancerCidrs/],
  "one address, which is not given out": [
    net({ loadBalancerCidrs: ["198.51.100.0/32"] }),
    /198\.51\.100\.0\/32 — has no address/,
  ],
  "pods in the network of joins": [
    net({ joinCidr: "10.244.8.0/24" }),
    /joinCidr: 10\.244\.8\.0\/24 — must not overlap platform\.networking\.podCidr/,
  ],
  "pods in the network of Services": [
    net({ podCidr: "10.96.0.0/16" }),
    /podCidr: 10\.96\.0\.0\/16 — must not overlap base\.network\.serviceCidrs/,
  ],
  "pods in the network of the machines": [
    net({ podCidr: "192.0.2.0/25" }),
    /podCidr: .* — must not overlap base\.network\.nodeCidrs/,
  ],
  "pods in the slices that Talos gives to nodes": [
    net({ joinCidr: "100.65.0.0/17" }),
    /joinCidr: .* — must not overlap base\.network\.podCidrs/,
  ],
  "addresses of load balancers among the pods": [
    net({ loadBalancerCidrs: ["10.244.9.0/24"] }),
    /loadBalancerCidrs\.0: .* — must not overlap platform\.networking\.podCidr/,
  ],
  "two pools that overlap": [
    net({ loadBalancerCidrs: ["198.51.100.0/24", "198.51.100.128/25"] }),
    /loadBalancerCidrs\.1: .* — must not overlap platform\.networking\.loadBalancerCidrs\.0/,
  ],
  "addresses that are given out and given up": [
    net({ abandonedCidrs: ["198.51.100.0/25"] }),
    /abandonedCidrs\.0: 198\.51\.100\.0\/25 — must not lie in loadBalancerCidrs/,
  ],
  "packets that are too small": [net({ machineMtu: 1200 }), /^platform\.networking\.machineMtu: 1200/],
  "pods outside of what the firewall lets in": [
    { reachableFrom: ["192.0.2.0/24", "100.64.0.0/10"] },
    /podCidr: 10\.244\.0\.0\/16 — must lie in a network that the firewall/,
  ],
  "joins outside of what the firewall lets in": [
    { reachableFrom: ["192.0.2.0/24", "10.0.0.0/8"] },
    /joinCidr: 100\.64\.0\.0\/16 — must lie in a network that the firewall/,
  ],
  "more copies than machines": [
    disks({ replicas: 4 }),
    /^platform\.storage\.replicas: 4 — must not be more than the 3 machines/,
  ],
  "more copies than machines that keep volumes": [
    disks({ machines: ["worker-1", "worker-2"] }),
    /replicas: 3 — must not be more than the 2 machines/,
  ],
  "a machine that there is not": [
    disks({ machines: ["worker-1", "worker-2", "worker-9", "worker-3"] }),
    /storage\.machines: worker-9 — must be a machine/,
  ],
  "more copies than LINSTOR has": [disks({ replicas: 6 }), /^platform\.storage\.replicas: 6/],
  "no pool": [disks({ pool: undefined }), /^platform\.storage\.pool: missing/],
  "a pool that is no path": [disks({ pool: { directory: "data" } }), /^platform\.storage\.pool/],
  "ZFS without its extension": [
    { machines: { extensions: ["siderolabs/drbd"] } },
    /pool\.zfs: tank — needs the system extension siderolabs\/zfs/,
  ],
  "copies without DRBD": [
    { machines: { extensions: ["siderolabs/zfs"] } },
    /piraeus: enabled — needs the system extension siderolabs\/drbd/,
  ],
  "encrypted volumes without a passphrase": [{ more: { storagePassphrase: undefined } }, /^storagePassphrase: missing/],
  "encryption that changes": [
    { deployed: { fixed: { "platform.storage.encryption": "false" } } },
    /storage\.encryption: true, deployed with false — is fixed/,
  ],
  "fewer machines than members of the tenants' etcd": [
    { machines: { machines: few }, change: { storage: { ...storage, replicas: 2 } } },
    /^platform\.tier: production on worker-1, worker-2 — the etcd of tenants has 3 members/,
  ],
  "addresses that were deployed and are gone": [
    { deployed: { networks: { "platform.networking.loadBalancerCidrs.0": "203.0.113.0/24" } } },
    /loadBalancerCidrs: without 203\.0\.113\.0\/24 — was deployed/,
  ],
  "a store with the name of the platform's own": [
    { change: { dataStores: { tenants: {} } } },
    /^platform\.dataStores\.tenants: tenants — is the name of the platform's own/,
  ],
  "a port that is none": [
    { change: { dataStores: { other: { port: 70_000 } } } },
    /^platform\.dataStores\.other\.port: 70000/,
  ],
  "a mirror that is no URL": [{ change: { mirror: { charts: "charts" } } }, /^platform\.mirror\.charts: "charts"/],
  "a token beside a mirror": [
    {
      change: { mirror: { charts: "https://charts.example", images: "registry.example", githubToken: true } },
      more: { githubToken: "token" },
    },
    /^platform\.mirror\.githubToken/,
  ],
  "values of a chart that there is not": [values("redis", { a: 1 }), /^platform\.values\.redis: no such chart/],
  "values of a chart that is switched off": [
    values("local-path-provisioner", { replicaCount: 2 }),
    /local-path-provisioner: a chart of local-path, which is switched off/,
  ],
  "a key that a chart does not have": [values("cilium", { kubeProxyReplacment: true }), /write kubeProxyReplacement/],
  "null in values": [values("cilium", { hubble: { enabled: null } }), /hubble\.enabled: null — must be a value/],
  "a chart that is not vendored": [
    { change: { mirror: {} }, vendored: (path) => (path.includes("kubevirt-operator") ? undefined : "any") },
    /^charts\.kubevirt-operator: no file/,
  ],
  "a chart that is not that of the lock": [
    { change: { mirror: {} }, pinned: { "cdi-operator": "1".repeat(64) } },
    /^charts\.cdi-operator: .* has sha256 any — must have sha256 1{64}/,
  ],
  "a skipped minor": [
    { deployed: { versions: { cilium: "1.16.0" } } },
    /^upgrade of cilium: 1\.16\.0 → .*deploy 1\.17/,
  ],
  "a step that converts nothing": [
    { deployed: { versions: { "control-plane-kamaji": "0.19.0" } } },
    /^upgrade of control-plane-kamaji/,
  ],
};

describe("a platform with wrong settings", () => {
  it("is none with the settings that these differ from", () => {
    assert.deepEqual(problemsOf({}), []);
    assert.ok(Object.keys(REFUSALS).length >= 40);
  });

  for (const [what, [wrong, message]] of Object.entries(REFUSALS)) {
    it(`is refused for ${what}, with one message`, () => {
      const problems = problemsOf(wrong);
      assert.equal(problems.length, 1, problems.join("\n") || "no problem");
      assert.match(problems[0] ?? "", message);
    });
  }
});
