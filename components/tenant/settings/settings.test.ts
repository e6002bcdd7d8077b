import * as assert from "node:assert/strict";
import { Cidr } from "../../core/cidr";
import { InvalidInput } from "../../core/problem";
import { KubernetesVersion } from "../../core/version";
import { completeTenant, parseTenant, parseTenantSettings } from "../parse";
import { tenantArgs } from "../tenant.fixture";

/** What a stack file says under `firmament:`, unchecked. */
type Raw = Record<string, unknown>;

function settingsWith(change: Raw): Raw {
  const { name, platform, ...tenant } = tenantArgs();
  assert.ok(name !== "" && platform.dataStore !== "", "a program adds these two");
  return { layer: "tenant", tenant: { ...tenant, ...change } };
}

const { network, quota, platform } = tenantArgs();
const machine = { cpus: 2, memory: "4Gi", image: "registry.example/node:v1.34.1" };
const pool = (change: Raw, name = "p") => ({ nodePools: { [name]: { replicas: 1, ...machine, ...change } } });
const taint = (change: Raw) => ({ key: "dedicated", value: "gpu", effect: "NoSchedule", ...change });
const label = "must be a label key like team or example.com/team";

/** Wrong settings and the one message of each: path, what was given, rule. */
const refused: Record<string, [Raw, string]> = {
  "an unknown key": [{ teir: "production" }, "tenant.teir: unknown key — only keys of the schema are read"],
  "an unknown key inside": [pool({ cpu: 2 }), "tenant.nodePools.p.cpu: unknown key — only keys"],
  "an unknown tier": [{ tier: "test" }, 'tenant.tier: "test" — '],
  "a version without v": [{ kubernetesVersion: "1.34.1" }, 'tenant.kubernetesVersion: "1.34.1" — must be a Kubernetes'],
  "a version that nothing supports": [
    { kubernetesVersion: "v1.20.0", nodePools: {} },
    "tenant.kubernetesVersion: v1.20.0 — must be v1.32 to v1.36",
  ],
  "a network with host bits": [
    { network: { ...network, podCidr: "10.16.0.1/16" } },
    'tenant.network.podCidr: "10.16.0.1/16" — must be an IPv4 network',
  ],
  "no network of services": [{ network: { podCidr: "10.16.0.0/16" } }, "tenant.network.serviceCidr: missing — "],
  "services in the network of pods": [
    { network: { podCidr: "10.16.0.0/16", serviceCidr: "10.16.8.0/24" } },
    "tenant.network.serviceCidr: 10.16.8.0/24 — must not overlap tenant.network.podCidr 10.16.0.0/16",
  ],
  "pods in a network of the management cluster": [
    { network: { ...network, podCidr: "10.244.0.0/17" } },
    "tenant.network.podCidr: 10.244.0.0/17 — must not overlap the management cluster's pods 10.244.0.0/16",
  ],
  "pods in the network of a neighbour": [
    { network: { ...network, podCidr: "10.99.0.0/16" } },
    "tenant.network.podCidr: 10.99.0.0/16 — must not overlap tenant globex's podCidr 10.99.0.0/16",
  ],
  "a network of pods that is too small": [
    { network: { ...network, podCidr: "10.16.0.0/22" } },
    "tenant.network.podCidr: 10.16.0.0/22 — must hold a /24 for each of 8 nodes",
  ],
  "a domain without a dot": [
    { network: { ...network, dnsDomain: "local" } },
    'tenant.network.dnsDomain: "local" — must be a domain with a dot in it',
  ],
  "a reachable network that is none": [
    { network: { ...network, reachable: ["203.0.113.0"] } },
    'tenant.network.reachable.0: "203.0.113.0" — must be an IPv4 network',
  ],
  "no API server": [
    { controlPlane: { replicas: 0 } },
    "tenant.controlPlane.replicas: 0 — must be a whole number from 1 to 5",
  ],
  "two API servers in production": [
    { controlPlane: { replicas: 2 } },
    "tenant.controlPlane.replicas: 2 — a production cluster must survive the loss of one API server",
  ],
  "an unknown type of Service": [
    { controlPlane: { serviceType: "ExternalName" } },
    'tenant.controlPlane.serviceType: "ExternalName" — must be LoadBalancer, NodePort or ClusterIP',
  ],
  "sources of a Service that cannot distinguish them": [
    { controlPlane: { serviceType: "NodePort", allowedSources: ["203.0.113.0/24"] } },
    "tenant.controlPlane.allowedSources: 203.0.113.0/24 — only a LoadBalancer can distinguish its sources",
  ],
  "a name of the API with a port": [
    { controlPlane: { certSANs: ["api.example:6443"] } },
    'tenant.controlPlane.certSANs.0: "api.example:6443" — must be a name or address without port',
  ],
  "a quota that is no quantity": [
    { quota: { ...quota, memory: "64 GB" } },
    'tenant.quota.memory: "64 GB" — must be a quantity like 4Gi, 500m or 2',
  ],
  "a quota without storage": [{ quota: { cpu: "64", memory: "256Gi" } }, "tenant.quota.storage: missing — "],
  "half a volume": [
    { quota: { ...quota, volumes: 1.5 } },
    "tenant.quota.volumes: 1.5 — must be a whole number from 0 to 10000",
  ],
  "a load balancer without a quota for it": [
    { quota: { ...quota, loadBalancers: 0 } },
    "tenant.quota.loadBalancers: 0 — the Kubernetes API is reached by a LoadBalancer of its own",
  ],
  "fewer pods than machines and control plane": [
    { quota: { ...quota, pods: 12 } },
    "tenant.quota.pods: 12 — machines, one more of each pool while it rolls, and the control plane need 19 pods",
  ],
  "machines beyond the quota's cores": [
    { quota: { ...quota, cpu: "8" } },
    "tenant.quota.cpu: 8 — machines, one more of each pool while it rolls, and the control plane need 40 cores",
  ],
  // a change of the version rolls all pools at once, and each pool makes one machine before it deletes one
  "a quota for one pool that rolls, of two": [
    {
      quota: { ...quota, cpu: "19" },
      nodePools: { a: { replicas: 1, ...machine }, b: { replicas: 1, ...machine }, none: { replicas: 0, ...machine } },
    },
    "tenant.quota.cpu: 19 — machines, one more of each pool while it rolls, and the control plane need 21 cores",
  ],
  "machines beyond the quota's memory": [
    { quota: { ...quota, memory: "8Gi" } },
    "tenant.quota.memory: 8Gi — machines, one more of each pool while it rolls, and the control plane need ",
  ],
  // CDI 1.65 fills a claim of its own before it hands the volume over, and file systems take 6 % of it
  "disks beyond the quota's storage": [
    { ...pool({ replicas: 2, disk: { size: "100Gi" } }), quota: { ...quota, storage: "400Gi" } },
    "tenant.quota.storage: 400Gi — disks of machines, one more of each pool while it rolls and a second claim of one that is filled, need 426Gi",
  ],
  "more disks than volumes": [
    { ...pool({ replicas: 2, disk: { size: "20Gi" } }), quota: { ...quota, volumes: 3 } },
    "tenant.quota.volumes: 3 — disks of machines, one more of each pool while it rolls and a second claim of one that is filled, need 4 volumes",
  ],
  "a disk in bytes by mistake": [
    pool({ disk: { size: "100" } }),
    "tenant.nodePools.p.disk.size: 100 — must hold the disk in the image, of 1Gi or more; give it in Gi",
  ],
  "a disk that is no quantity": [
    pool({ disk: { size: "100 GB" } }),
    'tenant.nodePools.p.disk.size: "100 GB" — must be a quantity like 4Gi, 500m or 2',
  ],
  "a disk from an image whose registry is not named": [
    pool({ image: "node:v1.34.1", disk: { size: "100Gi" } }),
    "tenant.nodePools.p.image: node:v1.34.1 — must name its registry: the pool's disks are imported from it",
  ],
  "a pool with a name that objects cannot have": [
    pool({}, "Small"),
    "tenant.nodePools.Small: Small — must be a DNS label: a-z, 0-9 and - inside, at most 40 characters",
  ],
  "a pool with both sizes": [
    pool({ autoscaling: { min: 0, max: 2 } }),
    "tenant.nodePools.p: both — must have either replicas or autoscaling",
  ],
  "a pool without a size": [
    { nodePools: { p: machine } },
    "tenant.nodePools.p: neither — must have either replicas or autoscaling",
  ],
  "bounds in the wrong order": [
    { nodePools: { p: { ...machine, autoscaling: { min: 3, max: 2 } } } },
    "tenant.nodePools.p.autoscaling: 3 to 2 — min must not exceed max",
  ],
  "more cores than a machine can have": [
    pool({ cpus: 129 }),
    "tenant.nodePools.p.cpus: 129 — must be a whole number from 1 to 128",
  ],
  "a machine that pods never have to leave": [
    pool({ drainTimeoutSeconds: 0 }),
    "tenant.nodePools.p.drainTimeoutSeconds: 0 — must be a whole number from 1 to 86400",
  ],
  "a machine without an image": [pool({ image: "" }), 'tenant.nodePools.p.image: "" — must name a container disk'],
  "an image of another minor": [
    pool({ image: "registry.example/node:v1.33.4" }),
    "tenant.nodePools.p.image: registry.example/node:v1.33.4 — must hold kubeadm and kubelet of v1.34",
  ],
  "a label key that is none": [pool({ labels: { "a b": "" } }), `tenant.nodePools.p.labels.a b: a b — ${label}`],
  "a label value that is none": [
    pool({ labels: { team: "a b" } }),
    "tenant.nodePools.p.labels.team: a b — must be a label value",
  ],
  "a label that no kubelet may set": [
    pool({ labels: { "k8s.io/x": "" } }),
    "tenant.nodePools.p.labels.k8s.io/x: k8s.io/x — kubelets are refused labels of this domain",
  ],
  "an unknown effect of a taint": [
    pool({ taints: [taint({ effect: "NoScheduling" })] }),
    'tenant.nodePools.p.taints.0.effect: "NoScheduling" — must be NoSchedule, PreferNoSchedule or NoExecute',
  ],
  "a taint key that is none": [
    pool({ taints: [taint({ key: "a b" })] }),
    `tenant.nodePools.p.taints.0.key: a b — ${label}`,
  ],
  "a taint value that is none": [
    pool({ taints: [taint({ value: "a=b" })] }),
    "tenant.nodePools.p.taints.0.value: a=b — must be a label value",
  ],
  "a taint given twice": [
    pool({ taints: [taint({}), taint({ value: "other" })] }),
    "tenant.nodePools.p.taints.1: dedicated:NoSchedule — must be the only taint of its key and effect",
  ],
  "an unknown add-on": [{ addons: { flannel: {} } }, "tenant.addons.flannel: unknown key — only keys"],
  "packets larger than any network's": [
    { addons: { cilium: { mtu: 65_536 } } },
    "tenant.addons.cilium.mtu: 65536 — must be a whole number from 1280 to 9000",
  ],
  "no pod network": [
    { addons: { cilium: { enabled: false } } },
    "tenant.addons: no add-on — machines, clusterAutoscaler, kubeletCertificates and metricsServer need exactly one that provides pod-network",
  ],
};

/** As a stack program reads them. */
function read(change: Raw) {
  const neighbours = [{ where: "tenant globex's podCidr", network: Cidr.parse("10.99.0.0/16") }];
  return completeTenant(parseTenantSettings(settingsWith(change)), "acme", platform, { neighbours });
}

function problemsOf(parse: () => unknown): string[] {
  try {
    parse();
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.message.split("\n").slice(1);
  }
  return [];
}

describe("settings of a tenant", () => {
  for (const [what, [change, message]] of Object.entries(refused)) {
    it(`refuse ${what} with one message`, () => {
      const problems = problemsOf(() => read(change));
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.ok(problems[0]?.trimStart().startsWith(message), problems[0]);
    });
  }

  it("are refused in the same words as arguments of the component", () => {
    const unfit = Object.entries(refused).filter(([what]) => what !== "pods in the network of a neighbour");
    for (const [what, [change, message]] of unfit) {
      const problems = problemsOf(() => parseTenant({ ...tenantArgs(), ...change }));
      assert.equal(problems.length, 1, what);
      assert.ok(problems[0]?.trimStart().startsWith(message), problems[0]);
    }
  });

  it("are refused with every problem at once", () => {
    const change = { tier: "test", quota: { ...quota, cpu: "x" }, ...pool({ cpus: 0, memory: "4GB" }) };
    const paths = problemsOf(() => read(change)).map((line) => line.trim().split(": ")[0]);
    assert.deepEqual(paths, [
      "tenant.tier",
      "tenant.quota.cpu",
      "tenant.nodePools.p.cpus",
      "tenant.nodePools.p.memory",
    ]);
  });

  it("are refused as another layer's", () => {
    assert.throws(() => parseTenantSettings({ ...settingsWith({}), layer: "base" }), /layer: "base" — must be tenant/);
  });

  it("are compared with what is deployed", () => {
    const deployed = KubernetesVersion.parse("v1.32.1");
    const parse = () => completeTenant(parseTenantSettings(settingsWith({})), "acme", platform, { deployed });
    assert.throws(parse, /tenant\.kubernetesVersion: v1\.34\.1 — must not skip a minor; v1\.32\.1 is deployed/);
  });

  it("are the same tenant from a stack file and from arguments, with defaults", () => {
    const tenant = parseTenant(tenantArgs());
    assert.deepEqual({ ...read({}) }, { ...tenant });
    assert.deepEqual([tenant.quota.volumes, tenant.quota.loadBalancers, tenant.quota.pods], [100, 5, 200]);
    assert.equal(tenant.tier, "production");
    assert.equal(tenant.network.dnsDomain, "cluster.local");
    assert.equal(tenant.controlPlane.serviceType, "LoadBalancer");
    assert.deepEqual(tenant.nodePools["small"]?.taints, []);
  });

  it("can say how many volumes, load balancers and pods there may be", () => {
    const counts = { volumes: 7, loadBalancers: 2, pods: 50 };
    assert.deepEqual(read({ quota: { ...quota, ...counts } }).quota, { ...quota, devices: {}, ...counts });
  });

  for (const name of ["Acme", "1acme", "a".repeat(41), "acme-", ""]) {
    it(`refuse the tenant's name "${name}"`, () => {
      assert.throws(() => parseTenant(tenantArgs({ name })), /tenant\.name: ".*" — must begin with a letter/);
    });
  }
});
