import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { CLUSTER_AUTOSCALERS } from "../../../../versions/autoscaler";
import { SUPPORTED_MINORS } from "../../../../versions/kubernetes";
import { fieldsOf } from "../../../core/fields";
import { InvalidInput } from "../../../core/problem";
import type { TenantClusterArgs } from "../../args.generated";
import { planNodePool } from "../../node-pool-plan";
import { parseTenant } from "../../parse";
import { tenantArgs, tenantOf } from "../../tenant.fixture";
import { installedAddons } from "..";
import { clusterAutoscaler } from ".";

const management = (change: Partial<TenantClusterArgs> = {}) => {
  const side = clusterAutoscaler.management?.(tenantOf(change));
  assert.ok(side !== undefined);
  return side;
};
const objectOf = (kind: string, change: Partial<TenantClusterArgs> = {}) => {
  const found = management(change).objects.filter(({ object }) => object.kind === kind);
  assert.equal(found.length, 1, kind);
  return fieldsOf(found[0]?.object);
};

interface Container {
  readonly image: string;
  readonly args: readonly string[];
}

function container(change: Partial<TenantClusterArgs> = {}): Container {
  const pod = fieldsOf(fieldsOf(fieldsOf(objectOf("Deployment", change)["spec"])["template"])["spec"]);
  const [first] = pod["containers"] as Container[];
  assert.ok(first !== undefined);
  return first;
}

const fixed = { small: { replicas: 1, cpus: 2, memory: "4Gi", image: "registry.example/node:v1.34.1" } };
const isInstalled = (change: Partial<TenantClusterArgs>) =>
  installedAddons(tenantOf(change)).includes(clusterAutoscaler);

function problemsOf(change: Partial<TenantClusterArgs>): string[] {
  try {
    parseTenant(tenantArgs(change));
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

describe("the autoscaler of a tenant", () => {
  it("is there exactly when a pool leaves its size to it, unless the settings say otherwise", () => {
    assert.equal(isInstalled({}), true);
    assert.equal(isInstalled({ nodePools: fixed }), false);
    assert.equal(isInstalled({ nodePools: fixed, addons: { clusterAutoscaler: { enabled: true } } }), true);
  });

  it("must not be left out where a pool leaves its size to it", () => {
    assert.deepEqual(problemsOf({ addons: { clusterAutoscaler: { enabled: false } } }), [
      "tenant.nodePools.spot.autoscaling: 0 to 4 — nothing would choose the number of its machines; leave tenant.addons.clusterAutoscaler.enabled out, or set replicas instead",
    ]);
    assert.deepEqual(problemsOf({ nodePools: fixed, addons: { clusterAutoscaler: { enabled: false } } }), []);
  });

  // a simulation of another minor's scheduler decides otherwise than the scheduler
  it("is of the minor of the cluster, for each that is supported", () => {
    for (let minor = SUPPORTED_MINORS.oldest; minor <= SUPPORTED_MINORS.newest; minor++) {
      const { image } = container({ kubernetesVersion: `v1.${minor}.1`, nodePools: {} });
      assert.equal(image, `registry.k8s.io/autoscaling/cluster-autoscaler:v${CLUSTER_AUTOSCALERS[minor] ?? ""}`);
      assert.match(CLUSTER_AUTOSCALERS[minor] ?? "", new RegExp(`^1\\.${minor}\\.\\d+$`));
    }
    const mirror = { images: "registry.example/mirror" };
    assert.match(
      container({ platform: { ...tenantArgs().platform, mirror } }).image,
      /^registry\.example\/mirror\/autoscaling\/cluster-autoscaler:v1\.34\.\d+$/,
    );
  });

  it("looks at pods of the tenant and at machines of its namespace and cluster, nobody else's", () => {
    const { args } = container();
    for (const flag of [
      "--cloud-provider=clusterapi",
      "--kubeconfig=/etc/tenant/value",
      "--clusterapi-cloud-config-authoritative",
      "--node-group-auto-discovery=clusterapi:namespace=tenant-acme,clusterName=acme",
      "--enforce-node-group-min-size=true",
      // else a node that is Ready and not initialised yet counts for no pod, and a second machine is made
      "--startup-taint=node.cloudprovider.kubernetes.io/uninitialized",
      "--startup-taint=node.cluster.x-k8s.io/uninitialized",
    ])
      assert.ok(args.includes(flag), flag);
  });

  it("has the settings as flags, in seconds", () => {
    const settings = {
      scaleDownUnneededSeconds: 30,
      scaleDownDelayAfterAddSeconds: 0,
      scaleDownUtilizationThreshold: 0.7,
      maxNodeProvisionSeconds: 900,
      balanceSimilarNodeGroups: false,
    };
    const { args } = container({ addons: { clusterAutoscaler: settings } });
    for (const flag of [
      "--scale-down-unneeded-time=30s",
      "--scale-down-delay-after-add=0s",
      "--scale-down-utilization-threshold=0.7",
      "--max-node-provision-time=900s",
      "--balance-similar-node-groups=false",
    ])
      assert.ok(args.includes(flag), flag);
    assert.ok(container().args.includes("--scale-down-unneeded-time=600s"));
    assert.ok(container().args.includes("--max-node-provision-time=1200s"));
  });

  for (const [what, settings, message] of [
    [
      "a node that goes at once",
      { scaleDownUnneededSeconds: 9 },
      "scaleDownUnneededSeconds: 9 — must be a whole number from 10 to 86400",
    ],
    [
      "a delay below nothing",
      { scaleDownDelayAfterAddSeconds: -1 },
      "scaleDownDelayAfterAddSeconds: -1 — must be a whole number from 0 to 86400",
    ],
    [
      "a threshold in percent",
      { scaleDownUtilizationThreshold: 50 },
      "scaleDownUtilizationThreshold: 50 — must be a number from 0.05 to 0.95",
    ],
    [
      "a threshold that no node is below",
      { scaleDownUtilizationThreshold: 0 },
      "scaleDownUtilizationThreshold: 0 — must be a number from 0.05 to 0.95",
    ],
    [
      "a minute for a machine",
      { maxNodeProvisionSeconds: 60 },
      "maxNodeProvisionSeconds: 60 — must be a whole number from 300 to 7200",
    ],
    [
      "an expander that needs a price list",
      { expander: "price" as never },
      'expander: "price" — must be least-waste, least-nodes, most-pods or random',
    ],
  ] as const) {
    it(`refuses ${what} with one message`, () => {
      const problems = problemsOf({ addons: { clusterAutoscaler: settings } });
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.ok(problems[0]?.startsWith(`tenant.addons.clusterAutoscaler.${message}`), problems[0]);
    });
  }

  it("may set the number of machines and mark one that goes; else it only reads, in its namespace", () => {
    const role = objectOf("Role");
    assert.deepEqual(fieldsOf(role["metadata"])["namespace"], "tenant-acme");
    const rules = role["rules"] as { resources: string[]; verbs: string[] }[];
    const writes = rules.flatMap(({ resources, verbs }) =>
      verbs.filter((verb) => !["get", "list", "watch"].includes(verb)).map((verb) => [resources.join(), verb]),
    );
    assert.deepEqual(writes, [
      ["machines", "update"],
      ["machinedeployments/scale", "update"],
      ["machinedeployments/scale", "patch"],
    ]);
    assert.ok(!management().objects.some(({ object }) => object.kind.startsWith("Cluster")));
  });

  it("reads in the tenant what its simulation needs, and no Secret of it", () => {
    const [access] = management().access ?? [];
    assert.ok(access !== undefined);
    assert.equal(access.name, "cluster-autoscaler");
    const rules = [...(access.rights.cluster ?? []), ...Object.values(access.rights.namespaces ?? {}).flat()];
    assert.ok(
      !rules.some(({ resources }) => resources.some((each) => each === "*" || /secret|serviceaccount/.test(each))),
    );
    const wide = (access.rights.cluster ?? []).filter(({ verbs }) =>
      verbs.some((verb) => !["get", "list", "watch"].includes(verb)),
    );
    assert.deepEqual(
      wide.map(({ resources }) => resources.join()),
      ["nodes", "pods/eviction", "events"],
    );
  });

  it("counts against the quota", () => {
    assert.deepEqual(management().demand, { cpu: 1, memory: 2 ** 30, pods: 2 });
  });

  // Cluster API 1.13.5: what is written is restored at every deployment, and the autoscaler's number lost
  it("finds pools whose number nothing else writes, with what a machine will have", () => {
    const tenant = tenantOf();
    const spot = tenant.nodePools["spot"];
    assert.ok(spot !== undefined);
    const { machineDeployment } = planNodePool(tenant, "spot", spot);
    assert.ok(!("replicas" in machineDeployment.spec));
    const text = stringify(machineDeployment.metadata.annotations);
    for (const key of ["node-group-min-size", "node-group-max-size", "kubernetes.io/cpu", "kubernetes.io/memory"])
      assert.ok(text.includes(key), key);
  });
});
