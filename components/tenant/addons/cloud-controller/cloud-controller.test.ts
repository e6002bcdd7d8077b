import * as assert from "node:assert/strict";
import { parse } from "yaml";
import type { TenantClusterArgs } from "../../args.generated";
import { joinOf } from "../../pool.fixture";
import { planTenant } from "../../tenant-plan";
import { tenantArgs, tenantOf } from "../../tenant.fixture";
import { cloudController } from ".";

type Change = TenantClusterArgs["addons"] extends infer Addons | undefined
  ? Addons extends { cloudController?: infer Own }
    ? Own
    : never
  : never;

function management(own: Change = {}, change: Partial<TenantClusterArgs> = {}) {
  const side = cloudController.management?.(
    tenantOf({ addons: { cloudController: { enabled: true, ...own } }, ...change }),
  );
  assert.ok(side !== undefined);
  const named = (suffix: string) => {
    const found = side.objects.find((each) => each.suffix === `cloud-controller-${suffix}`);
    assert.ok(found !== undefined, suffix);
    return found.object;
  };
  return { side, named, has: (suffix: string) => side.objects.some((each) => each.suffix.endsWith(suffix)) };
}

interface Spec {
  readonly replicas: number;
  readonly template: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: { readonly containers: readonly { readonly args: readonly string[]; readonly image: string }[] };
  };
}

const specOf = (given: ReturnType<typeof management>) => given.named("deployment")["spec"] as Spec;
const argsOf = (given: ReturnType<typeof management>) => specOf(given).template.spec.containers[0]?.args ?? [];
const configOf = ({ named }: ReturnType<typeof management>) =>
  parse((named("config")["data"] as Record<string, string>)["cloud-config"] ?? "") as Record<string, object>;

describe("the cloud controller of a tenant", () => {
  it("reads what release v0.6.0 reads", () => {
    const found = management();
    assert.deepEqual(argsOf(found), [
      "--cloud-provider=kubevirt",
      "--cloud-config=/etc/cloud/cloud-config",
      "--kubeconfig=/etc/tenant/value",
      "--cluster-name=acme",
      "--controllers=cloud-node-controller,cloud-node-lifecycle-controller,service-lb-controller",
      "--concurrent-service-syncs=10",
      "--secure-port=10258",
      "--authentication-skip-lookup=true",
      "--profiling=false",
    ]);
    assert.deepEqual(configOf(found), {
      namespace: "tenant-acme",
      loadBalancer: { enabled: true, creationPollInterval: 2, creationPollTimeout: 60 },
      instancesV2: { enabled: true, zoneAndRegionEnabled: false },
      infraLabels: { "app.kubernetes.io/managed-by": "firmament", "firmament.example/tenant": "acme" },
    });
  });

  it("may look at machines and make Services in its namespace, and nothing else there or elsewhere", () => {
    const { named, has } = management();
    assert.deepEqual(named("role")["rules"], [
      { apiGroups: ["kubevirt.io"], resources: ["virtualmachineinstances"], verbs: ["get", "list"] },
      { apiGroups: [""], resources: ["services"], verbs: ["get", "create", "update", "delete"] },
    ]);
    assert.ok(!has("cluster-role"));
  });

  it("makes no load balancers where they are switched off, and may not", () => {
    const off = management({ loadBalancer: false });
    assert.ok(argsOf(off).includes("--controllers=cloud-node-controller,cloud-node-lifecycle-controller"));
    assert.deepEqual((configOf(off)["loadBalancer"] as { enabled: boolean }).enabled, false);
    assert.ok(!JSON.stringify(off.named("role")).includes("services"));
  });

  // default-deny of the namespace would drop what comes through them
  it("lets load balancers reach the node ports of machines, where there are any", () => {
    const policy = (given: ReturnType<typeof management>) =>
      given.side.networkPolicies.find(({ name }) => name === "load-balancers")?.spec;
    assert.deepEqual(policy(management()), {
      podSelector: {
        matchLabels: { "cluster.x-k8s.io/cluster-name": "acme", "cluster.x-k8s.io/role": "worker" },
      },
      policyTypes: ["Ingress"],
      ingress: [
        {
          ports: [
            { port: 30000, endPort: 32767, protocol: "TCP" },
            { port: 30000, endPort: 32767, protocol: "UDP" },
          ],
        },
      ],
    });
    assert.equal(policy(management({ loadBalancer: false })), undefined);
  });

  it("reads nodes of the management cluster only for their zones", () => {
    const zones = management({ zones: true });
    const rules = [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }];
    assert.deepEqual(zones.named("cluster-role")["rules"], rules);
    assert.equal(zones.named("cluster-role").metadata.name, "tenant-acme-cloud-controller");
    assert.deepEqual(configOf(zones)["instancesV2"], { enabled: true, zoneAndRegionEnabled: true });
  });

  it("starts anew when its file changes", () => {
    const hash = (own: Change) =>
      specOf(management(own)).template.metadata.annotations["firmament.example/cloud-config"];
    assert.equal(hash({}), hash({ replicas: 3 }));
    assert.notEqual(hash({}), hash({ loadBalancerTimeoutSeconds: 90 }));
  });

  it("has two copies in production, and room for one more in the quota", () => {
    assert.equal(specOf(management()).replicas, 2);
    assert.equal(specOf(management({}, { tier: "development" })).replicas, 1);
    assert.deepEqual(management({ replicas: 3 }).side.demand, { cpu: 1, memory: 2 ** 30, pods: 4 });
  });

  it("lets kubelets wait for it, and only where it is", () => {
    const nodeArgs = (enabled: boolean) => {
      const [pool] = planTenant(tenantOf({ addons: { cloudController: { enabled } } })).nodePools;
      return pool === undefined ? [] : joinOf(pool).joinConfiguration.nodeRegistration.kubeletExtraArgs;
    };
    const waits = { name: "cloud-provider", value: "external" };
    assert.deepEqual(
      nodeArgs(true).filter(({ name }) => name === waits.name),
      [waits],
    );
    assert.deepEqual(
      nodeArgs(false).filter(({ name }) => name === waits.name),
      [],
    );
  });

  it("takes its image from the mirror", () => {
    const platform = { ...tenantArgs().platform, mirror: { images: "registry.example/mirror" } };
    const [container] = specOf(management({}, { platform })).template.spec.containers;
    assert.match(container?.image ?? "", /^registry\.example\/mirror\/kubevirt\/kubevirt-cloud-controller-manager:v/);
  });
});
