import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";
import { acmes, machineDeployment } from "./examples";
import { MAX_SIZE, MIN_SIZE } from "./node-pool";
import { machineTemplate, nodeConfig, pool } from "./node-pool-examples";

const CAPACITY = "capacity.cluster-autoscaler.kubernetes.io";
const SIZE = { [`${CAPACITY}/cpu`]: "4", [`${CAPACITY}/memory`]: "15Gi" };

const fromNone = (annotations: object, min = "0") =>
  pool({ replicas: undefined }, { [MIN_SIZE]: min, [MAX_SIZE]: "6", ...annotations });
const gpu = { key: "gpu", value: "a", effect: "NoSchedule" };
const together = (...resources: object[]) => ({ resources });
const older = (labels: string) => ({
  ...nodeConfig(),
  apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
  spec: {
    template: {
      spec: { joinConfiguration: { nodeRegistration: { kubeletExtraArgs: { "node-labels": labels } } } },
    },
  },
});

const deployed = (annotations: object) => ({
  type: "kubernetes:cluster.x-k8s.io/v1beta2:MachineDeployment",
  name: "acme-small",
  props: machineDeployment({}, {}, { annotations }),
});
const WAIT_FOR = "pulumi.com/waitFor";

const quota = (hard: object, metadata: Readonly<Record<string, unknown>> = {}) =>
  acmes("v1", "ResourceQuota", { spec: { hard } }, metadata);
const sized = machineTemplate({ limits: { cpu: "4", memory: "16Gi" } });
const surge = (maxSurge: number | string) =>
  pool({ rollout: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable: 0 } } } });

/** Machines that boot from a volume of their own, and what it is filled from. */
const dataVolume = { volumes: [{ name: "root", dataVolume: { name: "root" } }] };
const filledFrom = (image: string) => ({
  dataVolumeTemplates: [
    { metadata: { name: "root" }, spec: { source: { registry: { url: `docker://registry.example/${image}` } } } },
  ],
});

const sizedDisk = {
  dataVolumeTemplates: [
    { metadata: { name: "root" }, spec: { storage: { resources: { requests: { storage: "100Gi" } } } } },
  ],
};

describe("pools of machines that start from none", () => {
  /* The autoscaler knows nodes of an empty group by annotations only (kubernetes/autoscaler#530, cluster-api#11961). */
  itJudges([
    ["capi-autoscaler-capacity", "are known in size", together(fromNone(SIZE), nodeConfig()), "pass"],
    ["capi-autoscaler-capacity", "are not", fromNone({ [`${CAPACITY}/cpu`]: "4" }), /capacity.*\/memory"\]$/],
    ["capi-autoscaler-capacity", "keep a machine", together(fromNone({}, "1"), nodeConfig({ labels: "a=b" })), "pass"],
    [
      "capi-autoscaler-capacity",
      "have a label of another value",
      together(fromNone({ ...SIZE, [`${CAPACITY}/labels`]: "a=c" }), nodeConfig({ labels: "a=b" })),
      /capacity.*\/labels"\]$/,
    ],
    ["capi-autoscaler-capacity", "have labels in the older form", together(fromNone(SIZE), older("a=b")), "violation"],
    [
      "capi-autoscaler-capacity",
      "have a taint that is not annotated",
      together(fromNone(SIZE), nodeConfig({ taints: [gpu] })),
      /capacity.*\/taints"\]$/,
    ],
    [
      "capi-autoscaler-capacity",
      "have one that is",
      together(fromNone({ ...SIZE, [`${CAPACITY}/taints`]: "gpu=a:NoSchedule" }), nodeConfig({ taints: [gpu] })),
      "pass",
    ],
  ]);
});

describe("labels of the nodes of tenants", () => {
  itJudges([
    ["capi-node-labels", "are the pool's", nodeConfig({ labels: "a=b,topology.kubernetes.io/zone=z" }), "pass"],
    ["capi-node-labels", "are of a restricted domain", nodeConfig({ labels: "a=b,app.kubernetes.io/x=y" }), /value$/],
    ["capi-node-labels", "are in the older form", older("node-role.kubernetes.io/worker="), "violation"],
    ["capi-node-labels", "are not known yet", nodeConfig({ labels: UNKNOWN }), "undecided"],
  ]);
});

describe("a deployment of machines", () => {
  /* Cluster API 1.13.5: MachinesUpToDate is True for the new generation before the first machine is replaced. */
  itJudges([
    ["capi-rollout-awaited", "waits for nothing", deployed({}), /waitFor"\]$/],
    [
      "capi-rollout-awaited",
      "waits for conditions alone",
      deployed({ [WAIT_FOR]: '["condition=MachinesUpToDate"]' }),
      "violation",
    ],
    [
      "capi-rollout-awaited",
      "waits where an autoscaler decides",
      deployed({ [WAIT_FOR]: "jsonpath={.status.deprecated.v1beta1.unavailableReplicas}=0" }),
      "pass",
    ],
    [
      "capi-rollout-awaited",
      "is not waited for",
      deployed({ "pulumi.com/skipAwait": "true", [WAIT_FOR]: "jsonpath={.status.updatedReplicas}=2" }),
      /skipAwait"\]$/,
    ],
    ["capi-rollout-awaited", "is a manifest, which no engine deploys", machineDeployment(), "pass"],
    ["capi-rollout-awaited", "waits for what is not known yet", deployed({ [WAIT_FOR]: UNKNOWN }), "undecided"],

    [
      "capi-image-version",
      "has another patch than its image",
      together(pool(), machineTemplate({ image: "registry.example/node:v1.34.2@sha256:0" })),
      /template\.spec\.version$/,
    ],
    [
      "capi-image-version",
      "has an image that says none",
      together(pool(), machineTemplate({ image: "registry.example/node:2026" })),
      "pass",
    ],
    [
      "capi-image-version",
      "has an image with a suffix",
      together(pool(), machineTemplate({ image: "registry.example/node:v1.34.1-ubuntu" })),
      "pass",
    ],
    [
      "capi-image-version",
      "has disks from an image of another patch",
      together(pool(), machineTemplate({ instance: dataVolume, machine: filledFrom("node:v1.34.2@sha256:0") })),
      /template\.spec\.version$/,
    ],
    [
      "capi-image-version",
      "has disks from its image",
      together(pool(), machineTemplate({ instance: dataVolume, machine: filledFrom("node:v1.34.1@sha256:0") })),
      "pass",
    ],
    [
      "capi-image-version",
      "has an image that is not known yet",
      together(pool(), machineTemplate({ image: UNKNOWN })),
      "undecided",
    ],
  ]);
});

describe("the quota of a tenant whose pools roll", () => {
  itJudges([
    [
      "capi-quota-rolling",
      "has room for the disk of one machine more",
      together(pool(), machineTemplate({ machine: sizedDisk }), quota({ "requests.storage": "300Gi" })),
      "pass",
    ],
    [
      "capi-quota-rolling",
      "has room for the disks of all machines and no more",
      together(pool(), machineTemplate({ machine: sizedDisk }), quota({ "requests.storage": "299Gi" })),
      /requests\.storage"\]$/,
    ],
    [
      "capi-quota-rolling",
      "has room for one machine more",
      together(pool(), sized, quota({ "limits.cpu": "12" })),
      "pass",
    ],
    [
      "capi-quota-rolling",
      "has room for none",
      together(pool(), sized, quota({ "limits.cpu": "11" })),
      /limits\.cpu"\]$/,
    ],
    [
      "capi-quota-rolling",
      "has room for more at once",
      together(surge("100%"), sized, quota({ "limits.cpu": "15" })),
      "violation",
    ],
    [
      "capi-quota-rolling",
      "has no room for an autoscaled pool at its largest",
      together(fromNone(SIZE), sized, quota({ "limits.memory": "96Gi" })),
      "violation",
    ],
    [
      "capi-quota-rolling",
      "is another tenant's",
      together(pool(), sized, quota({ "limits.cpu": "1" }, { namespace: "tenant-bank" })),
      "pass",
    ],
    [
      "capi-quota-rolling",
      "is about what the template leaves open",
      together(pool(), machineTemplate(), quota({ "limits.cpu": "1" })),
      "pass",
    ],
    ["capi-quota-rolling", "is not known yet", together(pool(), sized, quota({ "limits.cpu": UNKNOWN })), "undecided"],
  ]);
});

const disk = (name: string, bootOrder: number) => ({ name, bootOrder, disk: { bus: "virtio" } });

describe("machines of tenants that start again", () => {
  /* cluster-api-provider-kubevirt#70: blank, with a join token that ended 15 minutes after the node had joined. */
  itJudges([
    [
      "capi-machine-state",
      "always, from an image",
      machineTemplate({ machine: { runStrategy: "Always" } }),
      /runStrategy$/,
    ],
    [
      "capi-machine-state",
      "after a failure",
      machineTemplate({ machine: { runStrategy: "RerunOnFailure" } }),
      "violation",
    ],
    [
      "capi-machine-state",
      "from a volume",
      machineTemplate({ machine: { runStrategy: "Always" }, instance: dataVolume }),
      "pass",
    ],
    [
      "capi-machine-state",
      "from an empty disk",
      machineTemplate({
        machine: { runStrategy: "Always" },
        instance: { volumes: [{ name: "root", emptyDisk: { capacity: "9Gi" } }] },
      }),
      "violation",
    ],
    [
      "capi-machine-state",
      "from a volume, with an image beside it",
      machineTemplate({
        machine: { runStrategy: "Always" },
        instance: {
          domain: { devices: { disks: [disk("tools", 2), disk("root", 1)] } },
          volumes: [{ name: "tools", containerDisk: { image: "registry.example/tools:v1" } }, ...dataVolume.volumes],
        },
      }),
      "pass",
    ],
    [
      "capi-machine-state",
      "as it is not known yet",
      machineTemplate({ machine: { runStrategy: UNKNOWN } }),
      "undecided",
    ],
  ]);
});
