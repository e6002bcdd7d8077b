import * as assert from "node:assert/strict";
import { lockedChart, readChartLock } from "../../components/platform/charts/lock";
import { run as deployPlatform } from ".";
import { only, type Registration, run } from "../../test/support/registrations";
import { base, parsed, plan, ROOT, settings } from "../../components/platform/platform.fixture";
import { orderStages } from "../../components/platform/order";
import { chartsOf, COMPONENTS } from "../../components/platform/registry";
import { enabledComponents } from "../../components/platform/settings";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const qualified = (stack: string) => `organization/firmament/${stack}`;

type Change = (platform: (typeof settings)["platform"]) => object;

interface Case {
  readonly change?: Change;
  /** Settings beside those of the platform. */
  readonly more?: object;
  readonly published?: object;
  readonly watch?: (type: string) => void;
}

const deploy = ({ change = (platform) => platform, more = {}, published = base, watch }: Case = {}) =>
  run(
    () =>
      deployPlatform({
        stack: { layer: "platform", cloud: "berlin" },
        settings: { ...settings, ...more, platform: change(settings.platform) },
        qualified,
        root: ROOT,
      }),
    {
      stacks: { [qualified("base.berlin")]: { ...published } },
      secretOutputs: ["kubeconfig", "talosconfig"],
      config: { "firmament:storagePassphrase": settings.storagePassphrase },
      ...(watch === undefined ? {} : { watch }),
    },
  );

const networking =
  (change: object): Change =>
  (platform) => ({
    ...platform,
    networking: { ...platform.networking, ...change },
  });

const refused: Record<string, [Case, RegExp]> = {
  "an unknown key": [{ change: (platform) => ({ ...platform, storge: {} }) }, /platform\.storge: unknown key/],
  "a base that is not there yet": [
    { published: {} },
    /base\.berlin\.contract: nothing published yet — .*pulumi up --stack base\.berlin/,
  ],
  "pods in the network of Services": [
    { change: networking({ podCidr: "10.96.0.0/17" }) },
    /platform\.networking\.podCidr: 10\.96\.0\.0\/17 — must not overlap base\.network\.serviceCidrs\.0/,
  ],
  "pods in the slices that Talos gives to nodes": [
    { change: networking({ podCidr: "100.65.0.0/16" }) },
    /podCidr: 100\.65\.0\.0\/16 — must not overlap base\.network\.podCidrs\.0/,
  ],
  "two networks of the platform that overlap": [
    { change: networking({ joinCidr: "10.244.128.0/17" }) },
    /joinCidr: 10\.244\.128\.0\/17 — must not overlap platform\.networking\.podCidr/,
  ],
  "load balancers among the pods": [
    { change: networking({ loadBalancerCidrs: ["10.244.1.0/24"] }) },
    /loadBalancerCidrs\.0: 10\.244\.1\.0\/24 — must not overlap platform\.networking\.podCidr/,
  ],
  "encrypted volumes without a passphrase": [
    { more: { storagePassphrase: undefined } },
    /storagePassphrase: missing — locks the keys of encrypted volumes.*pulumi config set --secret/,
  ],
  "values of a chart that does not exist": [
    { change: (platform) => ({ ...platform, values: { calico: {} } }) },
    /platform\.values\.calico: no such chart/,
  ],
};

describe("the program of a platform", () => {
  let made: Awaited<ReturnType<typeof deploy>>;

  before(async () => {
    made = await deploy();
  });

  it("installs every chart of its components as a release, by its name and exact version", () => {
    const releases = made.resources.filter(({ type }) => type === RELEASE);
    const charts = chartsOf(enabledComponents(parsed())).map(({ chart }) => chart);
    assert.deepEqual(releases.map(({ name }) => name).sort(), charts.sort());
    assert.equal(charts.length, 13);
    for (const { name, inputs } of releases) {
      assert.equal(inputs["name"], name);
      assert.match(String(inputs["version"]), /^v?\d/);
      assert.equal(inputs["createNamespace"], false);
      assert.equal(inputs["atomic"], inputs["skipAwait"] !== true, name);
    }
  });

  it("calls no two resources alike", () => {
    const names = made.resources.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it("makes everything depend on what finishes the stages that it needs", () => {
    const { stages } = plan();
    const finishing = new Map(
      stages.map((stage) => [stage.name, "release" in stage ? [stage.name] : stage.finishedBy] as const),
    );
    for (const stage of stages) {
      const needed = stage.after.flatMap((name) => finishing.get(name) ?? []);
      const own = "release" in stage ? [stage.name] : stage.objects.map(({ resource }) => resource);
      for (const resource of own) {
        const { dependsOn } = named(made.resources, resource);
        for (const need of needed) {
          assert.ok(
            reaches(made.resources, dependsOn, need),
            `${resource} needs ${need}, depends on ${dependsOn.join()}`,
          );
        }
      }
    }
    assert.ok(orderStages(enabledComponents(parsed()), "production", COMPONENTS).stages.length === stages.length);
  });

  it("puts every release into a namespace of its own making, and the CNI's configuration before the CNI", () => {
    const namespaces = made.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
    for (const { name, inputs, dependsOn } of made.resources.filter(({ type }) => type === RELEASE)) {
      const namespace = namespaces.find(
        (each) => (each.inputs["metadata"] as { name: string }).name === inputs["namespace"],
      );
      assert.ok(namespace !== undefined && dependsOn.includes(namespace.name), name);
    }
    assert.ok(only(made.resources, RELEASE, "cilium").dependsOn.includes("cni-configuration"));
  });

  it("closes the network of a namespace before anything is installed into it", () => {
    const denials = made.resources.filter(({ name }) => name.endsWith("-default-deny"));
    assert.ok(denials.length > 10);
    for (const { name, inputs, dependsOn } of made.resources.filter(({ type }) => type === RELEASE)) {
      const denial = denials.find(
        (each) => (each.inputs["metadata"] as { namespace: string }).namespace === inputs["namespace"],
      );
      if (denial !== undefined) assert.ok(dependsOn.includes(denial.name), name);
    }
  });

  it("waits for what others stand on", () => {
    const waits = made.resources.flatMap(({ name, inputs }) => {
      const { annotations } = (inputs["metadata"] ?? {}) as { annotations?: Record<string, string> };
      const condition = annotations?.["pulumi.com/waitFor"];
      return condition === undefined ? [] : [[name, condition] as const];
    });
    assert.equal(new Map(waits).get("kubevirt"), "jsonpath={.status.phase}=Deployed");
    assert.equal(new Map(waits).get("linstor"), "condition=Available");
    assert.equal(new Map(waits).get("InfrastructureProvider-kubevirt"), "condition=Ready");
  });

  it("reaches the cluster through one provider of its own that a new kubeconfig does not replace", () => {
    const provider = only(made.resources, "pulumi:providers:kubernetes");
    assert.equal(provider.inputs["clusterIdentifier"], "firmament/berlin");
    assert.ok(provider.secrets.includes("kubeconfig"));
    const other = made.resources.filter(({ custom, type }) => custom && type.startsWith("kubernetes:"));
    for (const { name, provider: used } of other) assert.equal(used, provider.name, name);
  });

  it("protects what holds data, and leaves releases that carry definitions in the cluster", () => {
    const protect = (type: string) => only(made.resources, type).protect;
    assert.ok(protect("kubernetes:piraeus.io/v1:LinstorCluster"));
    assert.ok(protect("kubernetes:kamaji.clastix.io/v1alpha1:DataStore"));
    assert.ok(only(made.resources, "kubernetes:storage.k8s.io/v1:StorageClass", "replicated").protect);
    assert.ok(only(made.resources, RELEASE, "cluster-api-operator").retainOnDelete);
    assert.ok(!only(made.resources, RELEASE, "cilium").retainOnDelete);
  });

  it("keeps the passphrase of encrypted volumes secret, and never deletes it from the cluster", async () => {
    const secret = only(made.resources, "kubernetes:core/v1:Secret", "linstor-passphrase");
    assert.ok(secret.secrets.includes("stringData"));
    assert.ok(secret.protect && secret.retainOnDelete);
    assert.ok(only(made.resources, "kubernetes:piraeus.io/v1:LinstorCluster").dependsOn.includes(secret.name));
    const { resources } = await deploy({
      change: (platform) => ({ ...platform, storage: { ...platform.storage, encryption: false } }),
      more: { storagePassphrase: undefined },
    });
    assert.ok(!resources.some(({ name }) => name === "linstor-passphrase"));
  });

  it("lets go of everything in development", async () => {
    const { resources } = await deploy({ change: (platform) => ({ ...platform, tier: "development" }) });
    assert.deepEqual(
      resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete),
      [],
    );
  });

  it("publishes where tenants find their networks, volumes and data store, its kubeconfig secret", () => {
    const { outputs, secretOutputs } = made;
    assert.equal(outputs["contract"], "platform/1");
    assert.equal(outputs["dataStore"], "tenants");
    assert.equal(outputs["storageClass"], "replicated");
    const { version } = lockedChart(readChartLock(ROOT), "cilium");
    assert.deepEqual(outputs["podNetwork"], { chart: "cilium", version, repository: "https://charts.example" });
    assert.deepEqual(outputs["outerNetwork"], { network: "10.244.0.0/16", mtu: 1400, tunnelPorts: [6081] });
    assert.equal((outputs["networks"] as Record<string, string>)["base.network.nodeCidrs.0"], "192.0.2.0/24");
    assert.equal((outputs["networks"] as Record<string, string>)["platform.networking.joinCidr"], "100.64.0.0/16");
    assert.deepEqual(secretOutputs, ["kubeconfig"]);
  });

  for (const [what, [given, message]] of Object.entries(refused)) {
    it(`refuses ${what} before it registers anything`, async () => {
      const seen: string[] = [];
      await assert.rejects(deploy({ ...given, watch: (type) => seen.push(type) }), { name: "InvalidInput", message });
      assert.deepEqual(
        seen.filter((type) => type !== "pulumi:pulumi:StackReference"),
        [],
      );
    });
  }
});

/** Names are unique in this program. */
function named(resources: readonly Registration[], name: string): Registration {
  return resources.find((each) => each.name === name) ?? assert.fail(`no resource ${name}`);
}

/** Whether a resource is among others, or among what they depend on; names are unique in this program. */
function reaches(resources: readonly Registration[], from: readonly string[], to: string): boolean {
  const seen = new Set<string>();
  const left = [...from];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    left.push(...resources.filter((each) => each.name === name).flatMap(({ dependsOn }) => dependsOn));
  }
  return seen.has(to);
}
