import * as assert from "node:assert/strict";
import {
  AddedPlugin,
  AuditLevel,
  Bootstrap,
  ControlPlaneProvider,
  RemovedPlugin,
  ServiceType,
  TaintEffect,
  type TenantClusterArgs,
  Tier,
} from "../../components/tenant/args.generated";
import { InvalidInput } from "../../components/core/problem";
import { parseTenant } from "../../components/tenant/parse";
import { TenantCluster } from "../../components/tenant/tenant-cluster";
import { planTenant, type TenantPlan } from "../../components/tenant/tenant-plan";
import { CrdCatalog, type Manifest } from "../support/crd-conformance";
import { crdModules } from "../support/crd-modules";
import { registrations } from "../support/registrations";
import { CUSTOMER_ADDONS } from "../../components/tenant/addons/customer-addons.fixture";
import { RandomTenant } from "./random-tenant.fixture";
import { Dice } from "./talos-patches.fixture";
import { tenantArgs, world } from "../../components/tenant/tenant.fixture";
import { kubeadm, vsphere, vsphereArgs, vspherePool } from "../../components/tenant/vsphere.fixture";

/** What a platform has for virtual machines and control planes in pods. */
const PAIR = ["cluster-api/infrastructure", "cluster-api/control-plane"];

const shapes = {
  "with pools of both kinds": tenantArgs(),
  "behind a restricted load balancer": tenantArgs({
    controlPlane: { replicas: 3, serviceType: ServiceType.LoadBalancer, allowedSources: ["203.0.113.0/24"] },
  }),
  "with a control plane of its own kind": tenantArgs({
    platform: { ...tenantArgs().platform, dataStores: { own: {} } },
    controlPlane: {
      dataStore: "own",
      loadBalancer: { class: "metallb.io/metallb", address: "203.0.113.7" },
      admission: { add: [...Object.values(AddedPlugin)], remove: [...Object.values(RemovedPlugin)] },
      audit: { level: AuditLevel.Request },
      oidc: { issuer: "https://id.example.com", clientId: "kubernetes", groupsClaim: "groups" },
      apiServer: { resources: { limits: { cpu: "2" } }, extraArgs: { "goaway-chance": "0.001" } },
      controllerManager: { extraArgs: { "node-monitor-grace-period": "60s" } },
      scheduler: { extraArgs: { v: "3" } },
      konnectivity: { version: "v0.33.0" },
    },
  }),
  "behind an ingress": tenantArgs({
    controlPlane: {
      serviceType: ServiceType.ClusterIP,
      ingress: { host: "api.acme.example", className: "nginx", namespace: "ingress", annotations: { a: "b" } },
    },
  }),
  "behind a gateway": tenantArgs({
    controlPlane: {
      serviceType: ServiceType.ClusterIP,
      gateway: { host: "api.acme.example", name: "edge", gatewayNamespace: "edge", namespace: "edge" },
    },
  }),
  "at a node port, without machines": tenantArgs({
    nodePools: {},
    controlPlane: { serviceType: ServiceType.NodePort },
  }),
  "with machines that keep their disks": tenantArgs({
    nodePools: {
      stateful: {
        replicas: 2,
        cpus: 4,
        memory: "8Gi",
        image: "quay.io/capk/node:v1.34.1",
        disk: { size: "100Gi", storageClass: "fast" },
      },
    },
  }),
  "with machines that run Talos": tenantArgs({
    platform: { ...tenantArgs().platform, capabilities: [...PAIR, "cluster-api/talos"] },
    nodePools: {
      talos: {
        replicas: 2,
        cpus: 4,
        memory: "8Gi",
        image: "registry.example/talos-openstack:v1.13.2",
        disk: { size: "20Gi" },
        bootstrap: Bootstrap.Talos,
        talos: { version: "v1.13", strategicPatches: ["machine:\n  sysctls:\n    vm.max_map_count: '262144'\n"] },
      },
    },
  }),
  "in a vSphere, with a control plane on machines": vsphereArgs({
    tier: Tier.Production,
    vsphere: vsphere({
      identity: "tenants",
      storagePolicy: "fast",
      networks: [{ name: "a", addressPool: "p", nameservers: ["192.0.2.53"] }, { name: "b" }],
    }),
    platform: {
      ...vsphereArgs().platform,
      capabilities: [...(vsphereArgs().platform.capabilities ?? []), "cluster-api/addresses"],
      mirror: { images: "registry.example/mirror" },
    },
    controlPlane: {
      provider: ControlPlaneProvider.Kubeadm,
      kubeadm: kubeadm({ ssh: { user: "admin", keys: ["ssh-ed25519 AAAA"] } }),
      certSANs: ["api.acme.example"],
      admission: { add: [AddedPlugin.AlwaysPullImages], remove: [RemovedPlugin.DefaultStorageClass] },
      audit: { level: AuditLevel.Request },
      oidc: { issuer: "https://id.example.com", clientId: "kubernetes" },
      controllerManager: { extraArgs: { "node-monitor-grace-period": "60s" } },
      scheduler: { extraArgs: { v: "3" } },
    },
    nodePools: {
      small: vspherePool({ disk: { size: "40Gi" }, dataDisks: { data: { size: "10Gi" } } }),
      burst: vspherePool({ replicas: undefined, autoscaling: { min: 0, max: 4 } }),
    },
  }),
  "in a vSphere, with a control plane in pods": vsphereArgs({ controlPlane: {} }),
  "with charts and repositories of its customer": tenantArgs({
    addons: CUSTOMER_ADDONS,
    platform: { ...tenantArgs().platform, capabilities: [...PAIR, "cluster-api/helm", "flux"] },
  }),
  "with labelled and tainted nodes and images from a mirror": tenantArgs({
    platform: { ...tenantArgs().platform, mirror: { images: "registry.example/mirror" } },
    nodePools: {
      gpu: {
        replicas: 0,
        cpus: 8,
        memory: "32Gi",
        image: "quay.io/capk/node:v1.34.1",
        labels: { "example.com/purpose": "gpu", "node-role.kubernetes.io/gpu": "" },
        taints: [
          { key: "nvidia.com/gpu", value: "present", effect: TaintEffect.NoSchedule },
          { key: "dedicated", effect: TaintEffect.NoExecute },
        ],
      },
    },
  }),
};

const RANDOM_TENANTS = 500;

/** The plan of a tenant; undefined where its settings are refused. */
function planned(args: TenantClusterArgs): TenantPlan | undefined {
  try {
    return planTenant(parseTenant(args));
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return undefined;
  }
}

/** The custom resources of a tenant, as they are sent. */
function manifestsOf(plan: TenantPlan): Manifest[] {
  const { cluster, infrastructure, controlPlane, controlPlaneMachines, controlPlaneHealth, nodePools } = plan;
  const of = (apiVersion: string, kind: string, body: object): Manifest => ({
    apiVersion,
    kind,
    ...(JSON.parse(JSON.stringify(body)) as object),
  });
  const whole = (object: { readonly apiVersion: string; readonly kind: string }): Manifest =>
    of(object.apiVersion, object.kind, object);
  const core = "cluster.x-k8s.io/v1beta2";
  return [
    of(core, "Cluster", cluster),
    whole(infrastructure),
    whole(controlPlane),
    ...(controlPlaneMachines === undefined ? [] : [whole(controlPlaneMachines)]),
    ...(controlPlaneHealth === undefined ? [] : [of(core, "MachineHealthCheck", controlPlaneHealth)]),
    ...nodePools.flatMap(({ machineTemplate, bootstrapTemplate, machineDeployment, healthCheck }) => [
      whole(machineTemplate),
      whole(bootstrapTemplate),
      of(core, "MachineDeployment", machineDeployment),
      of(core, "MachineHealthCheck", healthCheck),
    ]),
  ];
}

describe("custom resources of a tenant", function () {
  let catalog: CrdCatalog;

  before(function () {
    this.timeout(180_000);
    const folders = crdModules();
    if (folders === undefined) {
      process.stdout.write("    the definitions cannot be had here: they come from Go modules\n");
      return this.skip();
    }
    catalog = new CrdCatalog(folders);
  });

  for (const [what, args] of Object.entries(shapes)) {
    it(`${what} fit the definitions of Cluster API and its providers, with no field to spare`, async () => {
      const made = await registrations(() => void new TenantCluster("acme", args), world);
      const manifests = made
        .filter(({ type }) => /(?:cluster\.x-k8s|toolkit\.fluxcd)\.io\//.test(type))
        .map(({ inputs }) => inputs as unknown as Manifest);
      assert.ok(manifests.length >= 3);
      assert.deepEqual(
        manifests.flatMap((manifest) => catalog.problems(manifest)),
        [],
      );
    });
  }

  // plans, not deployments: hundreds of those would take minutes
  it("of tenants by chance fit the definitions, and their templates' names follow the content", function () {
    this.timeout(300_000);
    const names = new Map<string, string>();
    const contents = new Map<string, string>();
    let [seed, right] = [0, 0];
    while (right < RANDOM_TENANTS) {
      seed += 1;
      assert.ok(seed < 4 * RANDOM_TENANTS, "too few tenants by chance are right");
      const args = new RandomTenant(new Dice(seed)).some() as TenantClusterArgs;
      const plan = planned(args);
      if (plan === undefined) continue;
      right += 1;
      assert.deepEqual(
        manifestsOf(plan).flatMap((manifest) => catalog.problems(manifest)),
        [],
        `seed ${seed}: ${JSON.stringify(args)}`,
      );
      for (const { pool, machineTemplate, bootstrapTemplate } of plan.nodePools) {
        for (const [kind, { metadata, spec }] of Object.entries({ machineTemplate, bootstrapTemplate })) {
          const content = `${kind} ${pool} ${JSON.stringify(spec)}`;
          const name = `${kind} ${metadata.name}`;
          assert.equal(contents.get(name) ?? content, content, `seed ${seed}: ${name} is two templates`);
          assert.equal(names.get(content) ?? name, name, `seed ${seed}: two names of one template`);
          contents.set(name, content);
          names.set(content, name);
        }
      }
    }
    assert.ok(names.size > RANDOM_TENANTS, "there is hardly any difference between them");
  });

  it("would be caught with a misspelt field, a wrong value, an empty object or a kind that no CRD defines", async () => {
    const made = await registrations(() => void new TenantCluster("acme", tenantArgs()), world);
    const of = (kind: string) => made.find(({ inputs }) => inputs["kind"] === kind)?.inputs as unknown as Manifest;
    const [cluster, machines] = [of("Cluster"), of("MachineDeployment")];
    const spec = cluster["spec"] as object;
    const cases: [Manifest, RegExp][] = [
      [{ ...cluster, spec: { ...spec, clusterNetwrok: {} } }, /\/spec\/clusterNetwrok: unknown field/],
      [{ ...cluster, spec: { ...spec, controlPlaneRef: { kind: "X", name: "x" } } }, /apiGroup/],
      [{ ...machines, spec: { ...(machines["spec"] as object), machineNaming: {} } }, /machineNaming: .*fewer than 1/],
      [{ ...cluster, apiVersion: "cluster.x-k8s.io/v1alpha4" }, /v1alpha4 is served by none/],
    ];
    for (const [manifest, message] of cases) assert.match(catalog.problems(manifest).join("\n"), message);
  });
});
