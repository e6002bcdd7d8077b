import * as assert from "node:assert/strict";
import type { TenantClusterArgs } from "../args.generated";
import { planKamaji } from "../control-planes/kamaji/plan";
import { planTenant } from "../tenant-plan";
import { tenantArgs, tenantOf } from "../tenant.fixture";
import { installedAddons } from "./index";

type Addons = NonNullable<TenantClusterArgs["addons"]>;

const outerNetwork = { network: "10.244.0.0/16", mtu: 1400, tunnelPorts: [6081] };
const cilium = { enabled: false };
const api = { host: "198.51.100.7", port: 6443 };
const planOf = (addons: Addons, change: Partial<TenantClusterArgs> = {}) => planTenant(tenantOf({ addons, ...change }));
const hosted = (addons: Addons, change: Partial<TenantClusterArgs> = {}) => {
  const tenant = tenantOf({ addons, ...change });
  return planKamaji(tenant, installedAddons(tenant)).controlPlane.spec;
};
const calico = (change: Partial<TenantClusterArgs> = {}) => {
  const plan = planOf({ cilium, calico: { enabled: true } }, change);
  const release = plan.addons.find(({ name }) => name === "calico")?.cluster?.releases[0];
  assert.ok(release !== undefined);
  return { release, values: release.values(api) };
};

describe("Calico as pod network of a tenant", () => {
  it("has the tenant's network in a tunnel that fits into the management cluster's", () => {
    const { installation, defaultFelixConfiguration } = calico().values;
    const { calicoNetwork } = installation as { calicoNetwork: Record<string, unknown> };
    assert.deepEqual(
      [calicoNetwork["mtu"], calicoNetwork["bgp"], defaultFelixConfiguration],
      [1350, "Disabled", { enabled: true, vxlanPort: 8473 }],
    );
    assert.deepEqual(calicoNetwork["ipPools"], [
      {
        name: "default-ipv4-ippool",
        cidr: "10.16.0.0/16",
        encapsulation: "VXLAN",
        natOutgoing: "Enabled",
        nodeSelector: "all()",
      },
    ]);
  });

  it("brings kube-proxy along, which Cilium stands for", () => {
    const { addons } = hosted({ cilium, calico: { enabled: true } });
    assert.deepEqual(addons.kubeProxy, {});
    assert.ok(!("kubeProxy" in hosted({}).addons));
  });

  it("reaches the API by its address, and waits for no node", () => {
    const { release, values } = calico();
    assert.deepEqual(values["kubernetesServiceEndpoint"], api);
    assert.ok(release.notAwaited !== undefined && release.createNamespace);
  });

  it("takes its images and those of kube-proxy from a mirror", () => {
    const platform = { ...tenantArgs().platform, mirror: { images: "registry.example/mirror" } };
    const { installation, tigeraOperator } = calico({ platform }).values as Record<string, { registry?: string }>;
    assert.deepEqual(
      [installation?.registry, tigeraOperator],
      ["registry.example/mirror/", { registry: "registry.example/mirror" }],
    );
    const { kubeProxy } = hosted({ cilium, calico: { enabled: true } }, { platform }).addons;
    assert.deepEqual(kubeProxy, { imageRepository: "registry.example/mirror" });
  });
});

describe("a pod network that the customer brings", () => {
  const own = { cilium, ownPodNetwork: { enabled: true } };

  // no machine of such a cluster is ever available before the customer has done something
  it("is not waited for, and no machine is replaced because there is none", () => {
    for (const { pool, machineDeployment, healthCheck } of planOf(own).nodePools) {
      const waitFor = machineDeployment.metadata.annotations?.["pulumi.com/waitFor"] ?? "";
      assert.deepEqual(
        JSON.parse(waitFor),
        pool === "spot" ? ["condition=MachinesUpToDate"] : ["jsonpath={.status.deprecated.v1beta1.updatedReplicas}=2"],
      );
      const conditions = healthCheck.spec.checks.unhealthyNodeConditions;
      assert.deepEqual(
        conditions?.map(({ status }) => status),
        ["Unknown"],
      );
    }
  });

  it("comes with kube-proxy, unless it serves Services itself", () => {
    assert.deepEqual(hosted(own).addons.kubeProxy, {});
    const all = { cilium, ownPodNetwork: { enabled: true, kubeProxy: false } };
    assert.ok(!("kubeProxy" in hosted(all).addons));
  });

  it("changes no machine: only what is waited for", () => {
    const machines = (addons: Addons) =>
      planOf(addons).nodePools.map((each) => [
        each.machineTemplate.metadata.name,
        each.bootstrapTemplate.metadata.name,
      ]);
    assert.deepEqual(machines(own), machines({}));
  });
});

describe("the pod network of a tenant", () => {
  const platform = { ...tenantArgs().platform, outerNetwork };
  const refused: Record<string, [Addons, RegExp]> = {
    "two of them": [
      { calico: { enabled: true } },
      /^tenant acme cannot be used:\n {2}tenant\.addons: cilium and calico — .* need exactly one that provides pod-network; disable all but one$/,
    ],
    "none, and nobody who brings one": [
      { cilium },
      /^tenant acme cannot be used:\n {2}tenant\.addons: no add-on — machines.* need exactly one that provides pod-network; enable an add-on that provides it$/,
    ],
    "one beside the customer's": [{ ownPodNetwork: { enabled: true } }, /tenant\.addons: cilium and ownPodNetwork — /],
    "packets larger than the platform's": [
      { cilium: { mtu: 1400 } },
      /tenant\.addons\.cilium\.mtu: 1400 — must leave 50 bytes for the tunnel of the 1400 that the platform's pod network carries; leave it out, or set 1350 or less$/,
    ],
    "the same of Calico": [{ cilium, calico: { enabled: true, mtu: 8900 } }, /tenant\.addons\.calico\.mtu: 8900 — /],
    "a port of the platform's tunnel": [
      { cilium: { tunnelPort: 6081 } },
      /tenant\.addons\.cilium\.tunnelPort: 6081 — must not be a port of the platform's own tunnel/,
    ],
  };
  for (const [what, [addons, message]] of Object.entries(refused)) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => tenantOf({ addons, platform }), { name: "InvalidInput", message });
    });
  }

  it("may be larger where the platform says nothing of itself, as it always could", () => {
    tenantOf({ addons: { cilium: { mtu: 8850 } } });
  });
});
