import * as assert from "node:assert/strict";
import { GoldenImageKind, SpreadMode, type NodePoolArgs } from "./args.generated";
import { diskDemand } from "./capacity";
import { demand } from "./demand";
import { planIsolation } from "./isolation-plan";
import { image, poolArgs, poolPlan } from "./pool.fixture";
import { tenantArgs, tenantOf } from "./tenant.fixture";

const capacity = "capacity.cluster-autoscaler.kubernetes.io";
const autoscaling = { min: 0, max: 4 };
const golden = { size: "20Gi", from: { name: "ubuntu-2404-v1.34.1", namespace: "images" } };
const devices = { "nvidia.com/AD102GL_L40S": 40, "vendor.example/nic": 40 };
const gpus = { deviceName: "nvidia.com/AD102GL_L40S", count: 2 };
const room = { quota: { cpu: "640", memory: "2560Gi", storage: "100Ti", volumes: 1000, pods: 1000, devices } };
const annotations = (change: Partial<NodePoolArgs>) =>
  poolPlan({ autoscaling, ...change }, room).machineDeployment.metadata.annotations ?? {};

describe("machines of a pool", () => {
  it("have the size of their instance type, which KubeVirt knows alone", () => {
    const { machine } = poolPlan({ instanceType: { name: "u1.large", preference: "ubuntu" } });
    assert.deepEqual(machine.instancetype, { kind: "VirtualMachineClusterInstancetype", name: "u1.large" });
    assert.deepEqual(machine.preference, { kind: "VirtualMachineClusterPreference", name: "ubuntu" });
    assert.deepEqual(Object.keys(machine.template.spec.domain), ["devices"]);
    const typed = annotations({ instanceType: { name: "u1.large" } });
    const sized = annotations({ cpus: 2, memory: "8Gi" });
    for (const of of ["cpu", "memory"]) assert.equal(typed[`${capacity}/${of}`], sized[`${capacity}/${of}`]);
  });

  it("of an instance type of the platform's own have what its owner says", () => {
    const own = { name: "gold", capacity: { cpus: 3, memory: "6Gi" } };
    assert.equal(annotations({ instanceType: own })[`${capacity}/cpu`], "2850m");
  });

  it("take one core more where theirs are their own", () => {
    const cpu = (name: string) =>
      demand(tenantOf({ ...room, nodePools: { p: poolArgs({ instanceType: { name } }) } })).cpu;
    assert.equal(cpu("cx1.large") - cpu("u1.large"), 3);
  });

  // KubeVirt 1.5 and later: without limits of their own machines get those of the namespace's ratio, of the quota twice
  it("of an instance type take no more memory from the quota than they have", () => {
    const labels = (change: Partial<NodePoolArgs>) =>
      planIsolation(tenantOf({ nodePools: { p: poolArgs(change) } })).namespace.metadata.labels;
    const label = "alpha.kubevirt.io/auto-memory-limits-ratio";
    assert.equal((labels({ instanceType: { name: "u1.large" } }) as Record<string, string>)[label], "1.0");
    assert.ok(!(label in labels({})));
  });

  it("boot from a clone of a golden image, keep it, and run its version", () => {
    const plan = poolPlan({ disk: golden }, { kubernetesVersion: "v1.34.2" });
    assert.equal(plan.machine.runStrategy, "Always");
    assert.equal(plan.version, "v1.34.1");
    assert.deepEqual(plan.machine.dataVolumeTemplates?.[0]?.spec, {
      sourceRef: { kind: "DataSource", name: "ubuntu-2404-v1.34.1", namespace: "images" },
      storage: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "20Gi" } },
        storageClassName: "replicated",
      },
    });
    const from = { ...golden.from, kind: GoldenImageKind.PersistentVolumeClaim };
    const [template] = poolPlan({ disk: { ...golden, from } }).machine.dataVolumeTemplates ?? [];
    assert.ok(template !== undefined && "source" in template.spec);
    assert.deepEqual(template.spec.source, { pvc: { name: "ubuntu-2404-v1.34.1", namespace: "images" } });
  });

  it("have empty disks beside, under their names, that count", () => {
    const dataDisks = { data: { size: "100Gi", storageClass: "fast" }, cache: { size: "10Gi" } };
    const { machine } = poolPlan({ dataDisks });
    const names = ["cache", "data"];
    assert.deepEqual(
      machine.dataVolumeTemplates?.map(({ metadata }) => metadata.name),
      names,
    );
    assert.deepEqual(
      machine.dataVolumeTemplates.map(({ spec }) => spec.storage.storageClassName),
      ["replicated", "fast"],
    );
    const { domain, volumes } = machine.template.spec;
    assert.deepEqual(
      domain.devices.disks.map(({ name, serial }) => [name, serial]),
      [
        ["root", undefined],
        ["cache", "cache"],
        ["data", "data"],
      ],
    );
    assert.deepEqual(
      volumes.slice(1),
      names.map((name) => ({ name, dataVolume: { name } })),
    );
    const { volumes: claims } = diskDemand(tenantOf({ ...room, nodePools: { p: poolArgs({ dataDisks }) } }));
    assert.equal(claims, 2 * (2 + 1 + 1));
  });

  // what starts again without its root disk would be a blank guest with a token that has ended
  it("start again only where they keep the disk that they boot from", () => {
    const strategy = (change: Partial<NodePoolArgs>) => poolPlan(change, room).machine.runStrategy;
    const blank: Partial<NodePoolArgs>[] = [
      {},
      { dataDisks: { data: { size: "10Gi" } } },
      { instanceType: { name: "u1.large" } },
      { gpus },
      { spread: { mode: SpreadMode.AntiAffinity } },
    ];
    for (const change of blank) {
      assert.equal(strategy(change), "Once", JSON.stringify(change));
      assert.equal(strategy({ ...change, disk: { size: "20Gi" } }), "Always", JSON.stringify(change));
    }
    assert.equal(strategy({ disk: golden }), "Always");
  });

  it("have devices of their hosts, which the autoscaler and the quota know", () => {
    const { machine, tenant } = poolPlan({ gpus, hostDevices: { "vendor.example/nic": 1 } }, room);
    const { gpus: cards, hostDevices } = machine.template.spec.domain.devices;
    assert.deepEqual(
      cards,
      ["gpu-0", "gpu-1"].map((name) => ({ name, deviceName: "nvidia.com/AD102GL_L40S" })),
    );
    assert.deepEqual(hostDevices, [{ name: "device-0", deviceName: "vendor.example/nic" }]);
    const said = annotations({ gpus });
    assert.deepEqual([said[`${capacity}/gpu-type`], said[`${capacity}/gpu-count`]], ["nvidia.com/gpu", "2"]);
    const { hard } = planIsolation(tenant).quota.spec;
    assert.equal((hard as Record<string, string>)["requests.nvidia.com/AD102GL_L40S"], "40");
  });

  it("run apart from each other, as strictly as they are asked to", () => {
    const spec = (spread: NonNullable<NodePoolArgs["spread"]>) => poolPlan({ spread }).machine.template.spec;
    const [soft] = spec({}).topologySpreadConstraints ?? [];
    assert.deepEqual([soft?.whenUnsatisfiable, soft?.topologyKey], ["ScheduleAnyway", "kubernetes.io/hostname"]);
    const zone = "topology.kubernetes.io/zone";
    const [hard] = spec({ mode: SpreadMode.DoNotSchedule, topologyKey: zone }).topologySpreadConstraints ?? [];
    assert.deepEqual([hard?.whenUnsatisfiable, hard?.topologyKey], ["DoNotSchedule", zone]);
    const apart = spec({ mode: SpreadMode.AntiAffinity });
    assert.ok(!("topologySpreadConstraints" in apart));
    assert.deepEqual(apart.affinity?.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution, [
      {
        topologyKey: "kubernetes.io/hostname",
        labelSelector: { matchLabels: { "cluster.x-k8s.io/deployment-name": "acme-p" } },
      },
    ]);
  });

  it("are other machines with every setting that makes them others, and with no other", () => {
    const same = poolPlan({}, room).names;
    const machine: Partial<NodePoolArgs>[] = [
      { cpus: 3 },
      { instanceType: { name: "u1.large" } },
      { image: "registry.example/other:v1.34.1" },
      { dataDisks: { data: { size: "10Gi" } } },
      { gpus },
      { hostDevices: { "vendor.example/nic": 1 } },
      { spread: { mode: SpreadMode.DoNotSchedule } },
    ];
    for (const change of machine) assert.notEqual(poolPlan(change, room).names[0], same[0], JSON.stringify(change));
    const joined: Partial<NodePoolArgs>[] = [
      { kubelet: { maxPods: 50 } },
      { cloudInit: { preKubeadmCommands: ["true"] } },
      { ssh: { user: "admin", keys: ["ssh-ed25519 AAAA"] } },
    ];
    for (const change of joined) {
      const { names } = poolPlan(change, room);
      assert.equal(names[0], same[0], JSON.stringify(change));
      assert.notEqual(names[1], same[1], JSON.stringify(change));
    }
    const kept: Partial<NodePoolArgs>[] = [
      { replicas: 7 },
      { rollout: { maxSurge: 2 } },
      { health: { maxUnhealthy: "1" } },
      { drainTimeoutSeconds: 60 },
      { image },
    ];
    for (const change of kept) assert.deepEqual(poolPlan(change, room).names, same, JSON.stringify(change));
    assert.ok(tenantArgs().quota.cpu !== "");
  });
});
