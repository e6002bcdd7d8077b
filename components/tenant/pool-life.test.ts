import * as assert from "node:assert/strict";
import { DeletionOrder, RolloutStrategy, type NodePoolArgs } from "./args.generated";
import { largestRolling } from "./capacity";
import { joinOf, poolPlan } from "./pool.fixture";

const kubeletArgs = (change: Partial<NodePoolArgs>) =>
  Object.fromEntries(
    joinOf(poolPlan(change)).joinConfiguration.nodeRegistration.kubeletExtraArgs.map(({ name, value }) => [
      name,
      value,
    ]),
  );
const OnDelete = { strategy: RolloutStrategy.OnDelete };
const rolling = ({ tenant }: ReturnType<typeof poolPlan>) =>
  Object.values(tenant.nodePools).map((pool) => largestRolling(pool))[0];

describe("life of a pool", () => {
  it("rolls a few machines at a time, and needs room for as many more", () => {
    const plan = poolPlan({ replicas: 6, rollout: { maxSurge: 3, maxUnavailable: 1 } });
    assert.deepEqual(plan.machineDeployment.spec.rollout.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 3, maxUnavailable: 1 },
    });
    assert.equal(rolling(plan), 9);
    assert.equal(plan.rollSeconds, 1200 + 2 * (300 + 600));
    assert.equal(rolling(poolPlan({ replicas: 2, rollout: { maxSurge: 5 } })), 4, "no more new ones than old ones");
    assert.equal(rolling(poolPlan({ replicas: 2, rollout: { maxSurge: 0, maxUnavailable: 1 } })), 2);
    assert.equal(rolling(poolPlan({ replicas: 0, rollout: { maxSurge: 5 } })), 0);
  });

  it("waits for nobody who deletes machines by hand", () => {
    const plan = poolPlan({ replicas: 3, rollout: OnDelete });
    assert.deepEqual(plan.machineDeployment.spec.rollout.strategy, { type: "OnDelete" });
    assert.equal(rolling(plan), 3);
    assert.equal(plan.machineDeployment.metadata.annotations?.["pulumi.com/waitFor"], '["condition=Available"]');
  });

  it("takes machines in the order that is set", () => {
    const order = (change: Partial<NodePoolArgs>) => poolPlan(change).machineDeployment.spec.deletion;
    assert.deepEqual(order({ deletionOrder: DeletionOrder.Oldest }), { order: "Oldest" });
    assert.equal(order({}), undefined);
  });

  it("replaces machines when they are lost for as long as is set, and as many", () => {
    const { healthCheck, machineDeployment } = poolPlan({
      health: {
        nodeStartupTimeoutSeconds: 3600,
        unknownTimeoutSeconds: 900,
        notReadyTimeoutSeconds: 1200,
        maxUnhealthy: "2",
        maxInFlight: "1",
      },
    });
    assert.deepEqual(healthCheck.spec.checks, {
      nodeStartupTimeoutSeconds: 3600,
      unhealthyNodeConditions: [
        { type: "Ready", status: "Unknown", timeoutSeconds: 900 },
        { type: "Ready", status: "False", timeoutSeconds: 1200 },
      ],
    });
    assert.deepEqual(healthCheck.spec.remediation, { triggerIf: { unhealthyLessThanOrEqualTo: 2 } });
    assert.deepEqual(machineDeployment.spec.remediation, { maxInFlight: 1 });
    const percent = poolPlan({ health: { maxUnhealthy: "30%" } }).healthCheck.spec.remediation;
    assert.deepEqual(percent, { triggerIf: { unhealthyLessThanOrEqualTo: "30%" } });
  });

  it("has kubelets that keep, evict and take what is set", () => {
    assert.deepEqual(kubeletArgs({}), { "system-reserved": "cpu=100m,memory=256Mi" });
    const kubelet = {
      maxPods: 60,
      systemReserved: { memory: "512Mi", ephemeralStorage: "1Gi" },
      kubeReserved: { cpu: "100m", memory: "256Mi" },
      evictionHard: { memory: "10%" },
      extraArgs: { "image-gc-high-threshold": "80" },
    };
    assert.deepEqual(kubeletArgs({ kubelet }), {
      "eviction-hard": "memory.available<10%,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%",
      "image-gc-high-threshold": "80",
      "kube-reserved": "cpu=100m,memory=256Mi",
      "max-pods": "60",
      "system-reserved": "cpu=100m,memory=512Mi,ephemeral-storage=1Gi",
    });
    const autoscaling = { min: 0, max: 2 };
    const { annotations = {} } = poolPlan({ autoscaling, kubelet }).machineDeployment.metadata;
    const capacity = "capacity.cluster-autoscaler.kubernetes.io";
    assert.equal(annotations[`${capacity}/cpu`], "1800m");
    // 4096 less 64 of page tables, 256 of the kernel and the usual threshold, both reserves, and 409.6 - 100
    assert.equal(annotations[`${capacity}/memory`], "2698Mi");
    assert.equal(annotations[`${capacity}/maxPods`], "60");
  });

  it("does on machines what cloud-init is told, and lets people in", () => {
    const file = { path: "/etc/sysctl.d/90-app.conf", content: "vm.max_map_count=262144\n" };
    const spec = joinOf(
      poolPlan({
        cloudInit: { files: [file], preKubeadmCommands: ["sysctl --system"], postKubeadmCommands: ["true"] },
        ssh: { user: "admin", keys: ["ssh-ed25519 AAAA admin"] },
      }),
    );
    assert.deepEqual(spec.files, [{ ...file, permissions: "0644", owner: "root:root" }]);
    assert.deepEqual([spec.preKubeadmCommands, spec.postKubeadmCommands], [["sysctl --system"], ["true"]]);
    assert.deepEqual(spec.users, [
      {
        name: "admin",
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        shell: "/bin/bash",
        sshAuthorizedKeys: ["ssh-ed25519 AAAA admin"],
      },
    ]);
    assert.deepEqual(Object.keys(poolPlan().bootstrapTemplate.spec.template.spec), ["joinConfiguration"]);
  });
});
