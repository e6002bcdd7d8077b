import * as assert from "node:assert/strict";
import {
  at,
  BASE,
  checkPlanted,
  type Deep,
  EXAMPLES,
  type Examples,
  inputsOf,
  patched,
  type Planted,
  PLATFORM,
  runExamples,
  shown,
  TENANT,
  ZFS,
} from "./planted.fixture";

/*
 * What people with such machines ran into, planted into the example's stack files one at a time. The settings refuse
 * most of it. The rules are there for who deploys the same by other means: another program, values of a chart.
 */

/** A fault, the rule that has to find it, and in what. */
interface Fault {
  readonly fault: string;
  readonly stacks: readonly string[];
  readonly plant: (resources: Planted[]) => Planted[] | undefined;
  readonly rule: string;
  readonly found: readonly string[];
}

const APPLY = "talos:machine/configurationApply:ConfigurationApply";
const CONTROL_PLANES = ["cp-1", "cp-2", "cp-3"].map((name) => `${APPLY} example-${name}`);
const WORKERS = ["worker-1", "worker-2", "worker-3"].map((name) => `${APPLY} example-${name}`);
const pools = (...names: string[]) =>
  names.map((name) => `cluster.x-k8s.io/MachineDeployment tenant-acme/acme-${name}`);
const without = { $patch: "delete" };

/** Changes the inputs of one resource in place. */
const changed = (kind: string, name: string, change: (inputs: Deep) => void) => (resources: Planted[]) => {
  change(inputsOf(resources, kind, name) as Deep);
  return undefined;
};
const annotations = (inputs: Deep) => at(inputs, "metadata", "annotations") as Record<string, unknown>;

const FAULTS: readonly Fault[] = [
  {
    fault: "F1: machines whose image carries zfs do not load its module (siderolabs/talos#9904)",
    stacks: [BASE],
    plant: patched(/worker-1$/, { machine: { install: { image: ZFS } } }),
    rule: "talos-install-image",
    found: WORKERS.slice(0, 1),
  },
  {
    fault: "F5: machines that start again from an image, blank (cluster-api-provider-kubevirt#70)",
    stacks: [TENANT],
    plant: changed("KubevirtMachineTemplate", "acme-burst-machine", (inputs) => {
      Object.assign(at(inputs, "spec", "template", "spec", "virtualMachineTemplate", "spec"), {
        runStrategy: "Always",
      });
    }),
    rule: "capi-machine-state",
    found: ["infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate tenant-acme/acme-burst-"],
  },
  {
    fault: "F5: a whole pool that is replaced at the same time",
    stacks: [TENANT],
    plant: changed("MachineDeployment", "acme-burst-machines", (inputs) => {
      delete (at(inputs, "spec") as Record<string, unknown>)["remediation"];
    }),
    rule: "capi-mhc-present",
    found: ["cluster.x-k8s.io/MachineHealthCheck tenant-acme/acme-burst"],
  },
  {
    fault: "F6: all machines are control planes that Talos excludes from load balancers (cozystack#4043)",
    stacks: [BASE],
    plant: (resources) => {
      patched(/cp-\d$/, { cluster: { allowSchedulingOnControlPlanes: true } })(resources);
      return resources.filter(({ name }) => !/worker-\d$/.test(name));
    },
    rule: "talos-load-balancer-label",
    found: CONTROL_PLANES,
  },
  {
    fault: "F11: a firewall of the machines that keeps out pods (siderolabs/talos#8945)",
    stacks: [BASE, PLATFORM],
    plant: patched(/worker-1$/, {
      apiVersion: "v1alpha1",
      kind: "NetworkRuleConfig",
      name: "machines-udp",
      portSelector: { ports: ["1-65535"], protocol: "udp" },
      ingress: [{ subnet: "192.0.2.0/24" }, { subnet: "10.244.0.0/16" }],
    }),
    rule: "talos-firewall-pods",
    found: WORKERS.slice(0, 1),
  },
  {
    fault: "F12: LVM of a storage host looks into volumes (piraeus-operator#182)",
    stacks: [BASE],
    plant: patched(/worker-2$/, { machine: { files: without } }),
    rule: "talos-lvm-filter",
    found: WORKERS.slice(1, 2),
  },
  {
    fault: "F14: a worker gives its node a label that a kubelet may not set (siderolabs/talos#10122)",
    stacks: [BASE],
    plant: patched(/worker-\d$/, { machine: { nodeLabels: { "node-role.kubernetes.io/worker": "" } } }),
    rule: "talos-node-labels",
    found: WORKERS,
  },
  {
    fault: "F14 in a tenant: an argument of the kubelet sets such a label",
    stacks: [TENANT],
    plant: changed("KubeadmConfigTemplate", "acme-general-bootstrap", (inputs) => {
      const node = at(inputs, "spec", "template", "spec", "joinConfiguration", "nodeRegistration");
      Object.assign(node, { kubeletExtraArgs: [{ name: "node-labels", value: "node-role.kubernetes.io/general=" }] });
    }),
    rule: "capi-node-labels",
    found: ["bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate tenant-acme/acme-general-"],
  },
  {
    fault: "F15: no machine takes the endpoint's address (siderolabs/talos#8662)",
    stacks: [BASE],
    plant: patched(/(?:cp|worker)-\d$/, { cluster: { controlPlane: { endpoint: "https://192.0.2.9:6443" } } }),
    rule: "talos-endpoint",
    found: [...CONTROL_PLANES, ...WORKERS],
  },
  {
    fault: "F16: volumes with more copies than machines (piraeus-operator#440)",
    stacks: [BASE, PLATFORM],
    plant: changed("StorageClass", "replicated", (inputs) => {
      Object.assign(at(inputs, "parameters"), { "linstor.csi.linbit.com/placementCount": "4" });
    }),
    rule: "sc-replicas-placeable",
    found: ["storage.k8s.io/StorageClass replicated"],
  },
  {
    fault: "F18: a pool that starts from none without its label in the annotations (kubernetes/autoscaler#530)",
    stacks: [TENANT],
    plant: changed("MachineDeployment", "acme-burst-machines", (inputs) => {
      delete annotations(inputs)["capacity.cluster-autoscaler.kubernetes.io/labels"];
    }),
    rule: "capi-autoscaler-capacity",
    found: pools("burst"),
  },
  {
    fault: "F20: a Kubernetes that Talos 1.12 does not know (terraform-provider-talos#320)",
    stacks: [BASE],
    plant: patched(/cp-1$/, {
      machine: {
        install: { image: ZFS.replace(/v[^v]*$/, "v1.12.5") },
        kernel: { modules: [{ name: "zfs" }] },
        kubelet: { image: "ghcr.io/siderolabs/kubelet:v1.36.0" },
      },
    }),
    rule: "talos-kubernetes-version",
    found: CONTROL_PLANES.slice(0, 1),
  },
  {
    fault: "T3: two IPv4 networks of Services (kube-apiserver 1.34.4)",
    stacks: [BASE],
    plant: patched(/cp-2$/, { cluster: { network: { serviceSubnets: ["10.96.0.0/16", "10.97.0.0/16"] } } }),
    rule: "talos-cluster-networks",
    found: CONTROL_PLANES.slice(1, 2),
  },
  {
    fault: "C2: a pool of addresses that gives none out (MetalLB 0.16.1)",
    stacks: [PLATFORM],
    plant: changed("IPAddressPool", "services", (inputs) => {
      Object.assign(at(inputs, "spec"), { addresses: ["198.51.100.0/32"] });
    }),
    rule: "metallb-pool-addresses",
    found: ["metallb.io/IPAddressPool metallb-system/services"],
  },
  {
    fault: "U7: a deployment that waits for conditions of the machines from before (Cluster API 1.13.5)",
    stacks: [TENANT],
    plant: changed("MachineDeployment", "acme-general-machines", (inputs) => {
      annotations(inputs)["pulumi.com/waitFor"] = '["condition=Available","condition=MachinesUpToDate"]';
    }),
    rule: "capi-rollout-awaited",
    found: pools("general"),
  },
  {
    fault: "U9: machines of another patch than their image",
    stacks: [TENANT],
    plant: changed("MachineDeployment", "acme-general-machines", (inputs) => {
      Object.assign(at(inputs, "spec", "template", "spec"), { version: "v1.34.0" });
    }),
    rule: "capi-image-version",
    found: pools("general"),
  },
  {
    fault: "U9: a quota without room for pools that all roll",
    stacks: [TENANT],
    plant: changed("ResourceQuota", "acme-quota", (inputs) => {
      // 4 machines of 8 cores and 7 of 4 while both pools roll
      Object.assign(at(inputs, "spec", "hard"), { "limits.cpu": "59" });
    }),
    rule: "capi-quota-rolling",
    found: ["ResourceQuota tenant-acme/tenant"],
  },
];

describe("faults in what a program deploys", () => {
  const rules = new Set([
    ...FAULTS.map(({ rule }) => rule),
    "multus-primary-network",
    "cilium-socket-lb",
    "topology-spread",
  ]);
  let examples: Examples;
  before(async function () {
    this.timeout(60_000);
    examples = await runExamples();
  });

  it("are in none of what the example's stack files make", async () => {
    const findings = await checkPlanted(examples, EXAMPLES, () => undefined);
    assert.deepEqual(shown(findings, rules), []);
  });

  for (const { fault, stacks, plant, rule, found } of FAULTS) {
    it(`${fault}: ${rule}`, async () => {
      const findings = shown(await checkPlanted(examples, stacks, plant), rules);
      // names of templates end with a hash of their content
      const unhashed = findings.map(([id, resource]) => [id, resource.replace(/(?<=Template .*-)[0-9a-f]{8}$/, "")]);
      const sorted = (list: readonly (readonly string[])[]) => list.map((each) => each.join(" ")).sort();
      assert.deepEqual(sorted(unhashed), sorted(found.map((resource) => [rule, resource])));
    });
  }
});
