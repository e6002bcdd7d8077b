import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { type NodePoolArgs, ServiceType, TaintEffect, type TenantClusterArgs, Tier } from "./args.generated";
import { parseTenant } from "./parse";
import { planKamaji } from "./control-planes/kamaji/plan";
import { joinOf } from "./pool.fixture";
import { planTenant } from "./tenant-plan";
import { plain, tenantArgs, tenantOf } from "./tenant.fixture";

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/);
const image = fc.constantFrom(
  "registry.example/node:v1.34.1",
  "quay.io/capk/ubuntu-2404-container-disk:v1.34.9",
  "node",
);
const labels = fc.dictionary(
  fc.constantFrom("team", "example.com/rack", "node-role.kubernetes.io/gpu", "node-restriction.kubernetes.io/zone"),
  fc.constantFrom("", "a", "b-1"),
  { maxKeys: 3 },
);
const taints = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom("dedicated", "example.com/gpu"),
    value: fc.constantFrom("", "a", "b-1"),
    effect: fc.constantFrom(...Object.values(TaintEffect)),
  }),
  { maxLength: 3, selector: ({ key, effect }) => `${key}:${effect}` },
);
/** Room for all that the generators can ask for. */
const network = { podCidr: "10.0.0.0/11", serviceCidr: "10.64.0.0/16" };
const quota = { cpu: "100000", memory: "1Pi", storage: "1Pi", pods: 10_000, volumes: 10_000 };
const machine = fc.record({
  cpus: fc.integer({ min: 1, max: 64 }),
  memory: fc.constantFrom("2Gi", "4Gi", "32Gi"),
  image,
  labels,
  taints,
});
const disk = fc.option(fc.record({ size: fc.constantFrom("20Gi", "100Gi") }), { nil: undefined });
const size = fc.oneof(
  fc.record({ replicas: fc.integer({ min: 0, max: 50 }) }),
  fc
    .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 20 }))
    .map(([min, more]) => ({ autoscaling: { min, max: min + more } })),
);
const pool: fc.Arbitrary<NodePoolArgs> = fc
  .tuple(machine, size, disk)
  // CDI imports from a registry that is named
  .map(([one, many, own]) => ({
    ...one,
    ...many,
    ...(own === undefined || one.image === "node" ? {} : { disk: own }),
  }));
const tenant: fc.Arbitrary<TenantClusterArgs> = fc
  .record({
    name: label,
    tier: fc.constantFrom(...Object.values(Tier)),
    nodePools: fc.dictionary(label, pool, { maxKeys: 4 }),
    serviceType: fc.constantFrom(...Object.values(ServiceType)),
    replicas: fc.integer({ min: 3, max: 5 }),
    imageRegistry: fc.option(fc.constant("registry.example/mirror"), { nil: undefined }),
    kubernetesVersion: fc.constantFrom("v1.34.1", "v1.34.4"),
  })
  .map(({ serviceType, replicas, imageRegistry, ...change }) =>
    tenantArgs({
      ...change,
      network,
      controlPlane: { serviceType, replicas },
      quota,
      platform: { ...tenantArgs().platform, mirror: imageRegistry === undefined ? {} : { images: imageRegistry } },
    }),
  );

/** Every object that the plan sends to the management cluster. */
function objects(args: TenantClusterArgs) {
  const { isolation, cluster, infrastructure, controlPlane, nodePools } = planTenant(parseTenant(args));
  return [
    ...[isolation.namespace, isolation.quota, isolation.limits, ...isolation.networkPolicies],
    ...[cluster, infrastructure, controlPlane],
    ...nodePools.flatMap((each) => [
      each.machineTemplate,
      each.bootstrapTemplate,
      each.machineDeployment,
      each.healthCheck,
    ]),
  ];
}

/** Paths of empty objects, lists and texts. */
function empties(value: unknown, at = ""): string[] {
  if (value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0)) return [at];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => empties(inner, `${at}/${key}`));
}

const poolOf = (args: TenantClusterArgs, name: string) => {
  const found = planTenant(parseTenant(args)).nodePools.find((each) => each.pool === name);
  assert.ok(found !== undefined);
  return found;
};

const reservedIn = (plan: ReturnType<typeof poolOf>) =>
  joinOf(plan).joinConfiguration.nodeRegistration.kubeletExtraArgs.find(({ name }) => name === "system-reserved")
    ?.value;

describe("the plan of a tenant", () => {
  it("gives names that Kubernetes accepts and that no two objects of a kind share", () => {
    fc.assert(
      fc.property(tenant, (args) => {
        const { nodePools } = planTenant(parseTenant(args));
        for (const { metadata } of objects(args)) {
          assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        }
        for (const kind of ["machineTemplate", "bootstrapTemplate", "machineDeployment", "healthCheck"] as const) {
          const names = nodePools.map((each) => each[kind].metadata.name);
          assert.equal(new Set(names).size, names.length, kind);
        }
      }),
    );
  });

  it("keeps everything in one namespace, marked as the tenant's", () => {
    fc.assert(
      fc.property(tenant, (args) => {
        for (const { metadata } of objects(args)) {
          const own = "namespace" in metadata ? metadata.namespace : metadata.name;
          assert.equal(own, `tenant-${args.name}`);
          const labels: Readonly<Record<string, string>> = metadata.labels ?? {};
          assert.equal(labels["firmament.example/tenant"], args.name);
        }
      }),
    );
  });

  it("has no empty object, list or text in kinds of Cluster API, which refuses them", () => {
    fc.assert(
      fc.property(tenant, (args) => {
        const { cluster, nodePools } = planTenant(parseTenant(args));
        const made = nodePools.flatMap((each) => [each.bootstrapTemplate, each.machineDeployment, each.healthCheck]);
        // the value of a label or taint may well be empty: it is the user's
        const found = [cluster, ...made]
          .flatMap((each) => empties(each))
          .filter((at) => !/\/labels\/|\/taints\/\d+\/value$/.test(at));
        assert.deepEqual(found, []);
      }),
    );
  });

  it("refers only to what it makes", () => {
    fc.assert(
      fc.property(tenant, (args) => {
        const { cluster, infrastructure, controlPlane, nodePools } = planTenant(parseTenant(args));
        assert.equal(cluster.spec.controlPlaneRef.name, controlPlane.metadata.name);
        assert.equal(cluster.spec.infrastructureRef.name, infrastructure.metadata.name);
        for (const { machineDeployment, machineTemplate, bootstrapTemplate, healthCheck } of nodePools) {
          const { bootstrap, infrastructureRef, clusterName } = machineDeployment.spec.template.spec;
          assert.equal(infrastructureRef.name, machineTemplate.metadata.name);
          assert.equal(bootstrap.configRef.name, bootstrapTemplate.metadata.name);
          assert.deepEqual([clusterName, machineDeployment.spec.clusterName], [args.name, args.name]);
          // what selects the machines must be on the machines
          const { labels: onMachines } = machineDeployment.spec.template.metadata;
          for (const { matchLabels } of [machineDeployment.spec.selector, healthCheck.spec.selector]) {
            for (const [key, value] of Object.entries(matchLabels)) assert.equal(onMachines[key], value);
          }
        }
      }),
    );
  });

  it("leaves the number of machines to the autoscaler where there is one, and gives it all that it needs", () => {
    fc.assert(
      fc.property(tenant, (args) => {
        for (const { pool: name, machineDeployment } of planTenant(parseTenant(args)).nodePools) {
          const given = args.nodePools[name];
          const annotations = machineDeployment.metadata.annotations ?? {};
          const scaling = Object.keys(annotations).filter((key) => key.includes("autoscaler")).length;
          assert.equal(machineDeployment.spec.replicas, given?.replicas);
          assert.equal("replicas" in machineDeployment.spec, given?.autoscaling === undefined);
          const described = [given?.labels ?? {}, given?.taints ?? [], given?.disk ?? {}].filter(
            (each) => Object.keys(each).length > 0,
          );
          assert.equal(scaling, given?.autoscaling === undefined ? 0 : 4 + described.length);
        }
      }),
    );
  });

  it("does not depend on the order in which pools and labels were written down", () => {
    fc.assert(
      fc.property(tenant, (args) => {
        const reversed = <T>(record: Record<string, T>) => Object.fromEntries(Object.entries(record).reverse());
        const pools = Object.entries(args.nodePools).map(([name, given]) => [
          name,
          { ...given, labels: reversed(given.labels ?? {}) },
        ]);
        const other = { ...args, nodePools: reversed(Object.fromEntries(pools) as TenantClusterArgs["nodePools"]) };
        assert.deepEqual(plain(planTenant(parseTenant(other))), plain(planTenant(parseTenant(args))));
      }),
    );
  });

  it("names a new machine template exactly when the machines change", () => {
    fc.assert(
      fc.property(machine, machine, size, size, (before, after, few, many) => {
        const of = (one: object, count: object) =>
          poolOf(
            tenantArgs({
              network,
              quota,
              nodePools: { p: { ...one, ...count } as NodePoolArgs },
            }),
            "p",
          );
        const [a, b] = [of(before, few), of(after, many)];
        const sameMachines =
          before.cpus === after.cpus && before.memory === after.memory && before.image === after.image;
        assert.equal(a.machineTemplate.metadata.name === b.machineTemplate.metadata.name, sameMachines);
        const kubelet = (given: typeof labels extends fc.Arbitrary<infer L> ? L : never) =>
          Object.entries(given)
            .filter(([key]) => !/^node-(role|restriction)/.test(key))
            .sort()
            .join();
        const sameBootstrap =
          reservedIn(a) === reservedIn(b) &&
          kubelet(before.labels) === kubelet(after.labels) &&
          JSON.stringify(before.taints) === JSON.stringify(after.taints);
        assert.equal(a.bootstrapTemplate.metadata.name === b.bootstrapTemplate.metadata.name, sameBootstrap);
        // what is immutable under its name is the same under the same name
        if (sameMachines) assert.deepEqual(a.machineTemplate, b.machineTemplate);
      }),
    );
  });

  it("takes all images of the control plane from a mirror, however its prefix ends", () => {
    for (const images of ["registry.example/mirror", "registry.example/mirror/"]) {
      const platform = { ...tenantArgs().platform, mirror: { images } };
      const { registry, addons } = planKamaji(tenantOf({ platform })).controlPlane.spec;
      assert.equal(registry, "registry.example/mirror");
      assert.equal(addons.coreDNS.imageRepository, "registry.example/mirror/coredns");
      assert.equal(addons.konnectivity.agent.image, "registry.example/mirror/kas-network-proxy/proxy-agent");
    }
  });
});

describe("the isolation of a tenant", () => {
  const { isolation } = planTenant(tenantOf());
  const policy = (name: string) => isolation.networkPolicies.find(({ metadata }) => metadata.name === name)?.spec;

  it("denies both directions to everything first", () => {
    assert.deepEqual(policy("default-deny"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("closes management and private networks to the machines, and no other address", () => {
    const except = JSON.stringify(policy("internet"));
    for (const closed of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "192.0.2.0/24"]) {
      assert.ok(except.includes(`"${closed}"`), closed);
    }
    assert.ok(!except.includes("10.244.0.0/16"), "a network within another is not listed twice");
  });

  it("opens a private network that is asked for", () => {
    const open = planTenant(tenantOf({ network: { ...tenantArgs().network, reachable: ["10.9.0.0/24"] } })).isolation
      .networkPolicies;
    assert.match(JSON.stringify(open), /"ipBlock":{"cidr":"10\.9\.0\.0\/24"}/);
  });

  it("opens egress to other namespaces for names and for the data store only", () => {
    const leaving = isolation.networkPolicies.filter(({ spec }) => JSON.stringify(spec).includes("namespaceSelector"));
    assert.deepEqual(
      leaving.map(({ metadata }) => metadata.name),
      ["dns", "data-store"],
    );
    for (const { spec } of leaving) assert.match(JSON.stringify(spec), /"ports":\[{"port":(53|2379),/);
  });

  it("holds pods to baseline, and counts everything that costs", () => {
    assert.equal(isolation.namespace.metadata.labels["pod-security.kubernetes.io/enforce"], "baseline");
    const counted = Object.keys(isolation.quota.spec.hard);
    for (const key of [
      "limits.cpu",
      "limits.memory",
      "requests.storage",
      "persistentvolumeclaims",
      "pods",
      "services.loadbalancers",
    ]) {
      assert.ok(counted.includes(key), key);
    }
  });
});
