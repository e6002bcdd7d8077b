import * as assert from "node:assert/strict";
import { type NodePoolArgs, TaintEffect } from "./args.generated";
import { joinOf, virtualMachineOf } from "./pool.fixture";
import { planNodePool } from "./node-pool-plan";
import { tenantArgs, tenantOf } from "./tenant.fixture";

/** The plan of a pool `p` of two small machines, but for what is changed. */
function plan(change: Partial<NodePoolArgs> = {}, kubernetesVersion = "v1.34.1") {
  const size = change.autoscaling === undefined ? { replicas: 2 } : {};
  const machine = { ...size, cpus: 1, memory: "1Gi", image: "registry.example/node:v1.34.1" };
  const tenant = tenantOf({ kubernetesVersion, nodePools: { p: { ...machine, ...change } } });
  const pool = tenant.nodePools["p"];
  assert.ok(pool !== undefined);
  return planNodePool(tenant, "p", pool);
}

const registration = (change: Partial<NodePoolArgs>) => joinOf(plan(change)).joinConfiguration.nodeRegistration;

const autoscaling = { min: 0, max: 2 };
const capacity = "capacity.cluster-autoscaler.kubernetes.io";

describe("the plan of a node pool", () => {
  // Cluster API 1.13.5, machinehealthcheck_controller.go and machineset_controller.go: above triggerIf nothing is replaced,
  // not even later; maxInFlight, rounded up, is how many are deleted at a time. An ephemeral pool never comes back by
  // itself after a power cut, so that no number of dead machines may stop their replacement.
  it("replaces all machines of a pool that look dead, a few at a time", () => {
    for (const size of [{ replicas: 1 }, { replicas: 10 }, { autoscaling }]) {
      const { healthCheck, machineDeployment } = plan(size);
      assert.deepEqual(healthCheck.spec.remediation, { triggerIf: { unhealthyLessThanOrEqualTo: "100%" } });
      assert.deepEqual(machineDeployment.spec.remediation, { maxInFlight: "40%" });
    }
  });

  // KubeVirt 1.8, virt-controller, syncRunStrategy: Once starts a machine that has no instance and leaves one that ended.
  // cluster-api-provider-kubevirt#70: with Always it came back blank, with a join token that had expired.
  it("starts a machine from a container disk once: it would come back blank", () => {
    const spec = virtualMachineOf(plan());
    assert.equal(spec.runStrategy, "Once");
    assert.deepEqual(spec.template.spec.volumes, [
      { name: "root", containerDisk: { image: "registry.example/node:v1.34.1" } },
    ]);
  });

  // KubeVirt's cloud-init knows an instance by `<machine>.<namespace>` (1.8, pkg/cloud-init): on the disk that it left, it
  // does not join again. CDI 1.65: the host's container engine pulls the image, so that no pod needs a way to the registry.
  it("keeps a machine with a disk of its own through restarts: a volume filled from the pool's image", () => {
    const image = `registry.example/node:v1.34.1@sha256:${"0".repeat(64)}`;
    const spec = virtualMachineOf(plan({ image, disk: { size: "100Gi" } }));
    assert.equal(spec.runStrategy, "Always");
    assert.deepEqual(spec.template.spec.volumes, [{ name: "root", dataVolume: { name: "root" } }]);
    assert.deepEqual(spec.template.spec.domain.devices.disks, [{ name: "root", disk: { bus: "virtio" } }]);
    const storage = {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "100Gi" } },
      storageClassName: "replicated",
    };
    const source = { registry: { url: `docker://${image}`, pullMethod: "node" } };
    assert.deepEqual(spec.dataVolumeTemplates, [{ metadata: { name: "root" }, spec: { source, storage } }]);
  });

  it("takes disks from another class and a mirror where they are named", () => {
    const pool = {
      replicas: 1,
      cpus: 1,
      memory: "1Gi",
      image: "node:v1.34.1",
      disk: { size: "9Gi", storageClass: "fast" },
    };
    const platform = { ...tenantArgs().platform, mirror: { images: "registry.example/mirror" } };
    const tenant = tenantOf({ platform, nodePools: { p: pool } });
    assert.ok(tenant.nodePools["p"] !== undefined);
    const spec = virtualMachineOf(planNodePool(tenant, "p", tenant.nodePools["p"]));
    const [template] = spec.dataVolumeTemplates ?? [];
    assert.equal(template?.spec.storage.storageClassName, "fast");
    assert.ok("source" in template.spec);
    assert.deepEqual(template.spec.source, {
      registry: { url: "docker://registry.example/mirror/node:v1.34.1", pullMethod: "node" },
    });
  });

  it("leaves machines with a disk alone where more than 40 % are away: they come back by themselves", () => {
    const disk = { size: "20Gi" };
    const limit = (size: Partial<NodePoolArgs>) =>
      plan({ disk, ...size }).healthCheck.spec.remediation.triggerIf.unhealthyLessThanOrEqualTo;
    assert.deepEqual(
      [1, 2, 3, 5, 10].map((replicas) => limit({ replicas })),
      [1, 1, 1, 2, 4],
    );
    assert.equal(limit({ autoscaling }), "40%");
  });

  it("registers its nodes with its taints, and leaves kubeadm's own alone where there are none", () => {
    const taints = [
      { key: "nvidia.com/gpu", value: "present", effect: TaintEffect.NoSchedule },
      { key: "dedicated", effect: TaintEffect.NoExecute },
    ];
    assert.deepEqual(registration({ taints }).taints, taints);
    assert.ok(!("taints" in registration({})));
    assert.ok(!("taints" in registration({ taints: [] })));
  });

  it("makes new machines for other taints, and the same machines for the same", () => {
    const template = (...effects: TaintEffect[]) =>
      plan({ taints: effects.map((effect) => ({ key: "a", effect })) }).bootstrapTemplate.metadata.name;
    assert.equal(template(), plan().bootstrapTemplate.metadata.name);
    assert.notEqual(template(TaintEffect.NoSchedule), template());
    assert.notEqual(template(TaintEffect.NoSchedule), template(TaintEffect.NoExecute));
  });

  // kubernetes/autoscaler#530, cluster-api#11961: for a pool without machines the autoscaler knows what the annotations
  // say and nothing else
  it("says to the autoscaler what a machine will be, for there may be none to look at", () => {
    const { annotations = {} } = plan({
      autoscaling,
      labels: { team: "a", "example.com/rack": "" },
      taints: [
        { key: "gpu", value: "present", effect: TaintEffect.NoSchedule },
        { key: "dedicated", effect: TaintEffect.NoExecute },
      ],
    }).machineDeployment.metadata;
    assert.equal(annotations[`${capacity}/cpu`], "950m");
    assert.equal(annotations[`${capacity}/memory`], "496Mi");
    assert.ok(!(`${capacity}/ephemeral-disk` in annotations), "the size of the disk in the image is not known");
    assert.equal(annotations[`${capacity}/labels`], "example.com/rack=,team=a");
    assert.equal(annotations[`${capacity}/taints`], "gpu=present:NoSchedule,dedicated:NoExecute");
  });

  // kubelet's default reserves nothing; what the autoscaler hears is what it leaves (it takes capacity for allocatable:
  // cluster-autoscaler, clusterapi_nodegroup.go, TemplateNodeInfo)
  it("keeps a twentieth of a machine from pods, within bounds, and says so to the autoscaler", () => {
    const sizes: [number, string, string, string, string][] = [
      [1, "1Gi", "cpu=50m,memory=256Mi", "950m", "496Mi"],
      [2, "8Gi", "cpu=100m,memory=410Mi", "1900m", "7398Mi"],
      [16, "64Gi", "cpu=500m,memory=1024Mi", "15500m", "63232Mi"],
    ];
    for (const [cpus, memory, reserved, cpu, left] of sizes) {
      const size = { cpus, memory, autoscaling: { min: 0, max: 1 } };
      const args = registration(size).kubeletExtraArgs;
      assert.deepEqual(args, [{ name: "system-reserved", value: reserved }]);
      const { annotations = {} } = plan(size).machineDeployment.metadata;
      assert.deepEqual([annotations[`${capacity}/cpu`], annotations[`${capacity}/memory`]], [cpu, left]);
    }
  });

  it("says to the autoscaler what a disk leaves to the files of pods", () => {
    const { annotations = {} } = plan({ autoscaling, disk: { size: "100Gi" } }).machineDeployment.metadata;
    assert.equal(annotations[`${capacity}/ephemeral-disk`], "87040Mi");
  });

  it("gives pods ten minutes to leave a machine, or as long as it is set to, on machines that run already", () => {
    const deletion = (change: Partial<NodePoolArgs>) => plan(change).machineDeployment.spec.template.spec.deletion;
    assert.equal(deletion({}).nodeDrainTimeoutSeconds, 600);
    assert.equal(deletion({ drainTimeoutSeconds: 7200 }).nodeDrainTimeoutSeconds, 7200);
    const names = ({ machineTemplate, bootstrapTemplate }: ReturnType<typeof plan>) =>
      [machineTemplate, bootstrapTemplate].map(({ metadata }) => metadata.name);
    assert.deepEqual(names(plan({ drainTimeoutSeconds: 7200 })), names(plan()));
  });

  // Cluster API 1.13.5, run: in the reconcile that begins a roll the conditions of the new generation are those of the
  // old machines; a deployment that waited for conditions ended within a second, in six of seven rolls, and the engine
  // took the old template away while old machines still needed it. updatedReplicas counts the new MachineSet only.
  it("is deployed when all its machines are of the new template and no other is left", () => {
    const awaited = (change: Partial<NodePoolArgs>) =>
      JSON.parse(plan(change).machineDeployment.metadata.annotations?.["pulumi.com/waitFor"] ?? "") as string[];
    const counted = "jsonpath={.status.deprecated.v1beta1";
    const always = ["condition=Available", "condition=MachinesUpToDate", "jsonpath={.status.phase}=Running"];
    assert.deepEqual(awaited({ replicas: 3 }), [...always, `${counted}.updatedReplicas}=3`]);
    assert.deepEqual(awaited({ replicas: 0 }), [...always, `${counted}.updatedReplicas}=0`]);
    assert.deepEqual(awaited({ autoscaling }), [...always, `${counted}.unavailableReplicas}=0`]);
  });

  it("may roll for as long as its machines take one after the other, each with its drain", () => {
    assert.equal(plan({ replicas: 3 }).rollSeconds, 1200 + 3 * (300 + 600));
    assert.equal(plan({ replicas: 3, drainTimeoutSeconds: 7200 }).rollSeconds, 1200 + 3 * (300 + 7200));
    assert.equal(plan({ autoscaling: { min: 0, max: 4 } }).rollSeconds, 1200 + 4 * (300 + 600));
    assert.equal(plan({ replicas: 3, disk: { size: "100Gi" } }).rollSeconds, 1200 + 3 * (300 + 300 + 600));
  });

  it("may take half an hour to come up, and five minutes more for every disk that is filled", () => {
    assert.equal(plan({ replicas: 3 }).bootSeconds, 1800);
    assert.equal(plan({ replicas: 3, disk: { size: "100Gi" } }).bootSeconds, 1800 + 3 * 300);
    assert.equal(plan({ autoscaling: { min: 1, max: 4 }, disk: { size: "100Gi" } }).bootSeconds, 1800 + 300);
  });

  // Configured with the version of the control plane, machines of an image of another patch were all replaced, by the same ones.
  it("runs what its image holds: another patch of the control plane replaces no machine", () => {
    const versions = (image: string) => {
      const { version, machineDeployment } = plan({ image }, "v1.34.2");
      assert.equal(machineDeployment.spec.template.spec.version, version);
      return version;
    };
    assert.equal(versions("registry.example/node:v1.34.1"), "v1.34.1");
    assert.equal(versions(`registry.example/node:v1.34.1-2@sha256:${"0".repeat(64)}`), "v1.34.1");
    assert.equal(versions("registry.example:5000/node"), "v1.34.2");
    assert.equal(versions("registry.example/node:v1.34.01"), "v1.34.2");
    assert.deepEqual(plan({}, "v1.34.2").machineDeployment, plan().machineDeployment);
  });

  it("says nothing to an autoscaler that does not decide", () => {
    const { annotations = {} } = plan({ labels: { team: "a" } }).machineDeployment.metadata;
    assert.deepEqual(Object.keys(annotations), ["pulumi.com/waitFor"]);
  });
});
