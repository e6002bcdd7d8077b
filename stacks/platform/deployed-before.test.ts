import * as assert from "node:assert/strict";
import { run as deployPlatform } from ".";
import { only, run } from "../../test/support/registrations";
import { base, ROOT, settings } from "../../components/platform/platform.fixture";

const qualified = (stack: string) => `organization/firmament/${stack}`;

/** Deploys the platform over what the base and the platform itself published. */
const deploy = (change: object = {}, published: object = {}, before: object = {}) =>
  run(
    () =>
      deployPlatform({
        stack: { layer: "platform", cloud: "berlin" },
        settings: { ...settings, platform: { ...settings.platform, ...change } },
        qualified,
        root: ROOT,
      }),
    {
      stacks: { [qualified("base.berlin")]: { ...base, ...published }, [qualified("platform.berlin")]: { ...before } },
      secretOutputs: ["kubeconfig", "talosconfig"],
      config: { "firmament:storagePassphrase": settings.storagePassphrase },
    },
  );

const networking = (change: object) => ({ networking: { ...settings.platform.networking, ...change } });

const refused = (made: Promise<unknown>, message: RegExp) => assert.rejects(made, { name: "InvalidInput", message });

/*
 * Talos drops traffic of pods to their own machine that comes from networks which its firewall does not let in: cluster
 * DNS, which it forwards to the machine, and the API server there answer late or never (siderolabs/talos#8945, #9191).
 */
describe("a platform on machines with a firewall", () => {
  it("is refused while its pods are outside of what the firewall lets in, naming both networks", async () => {
    const closed = { reachableFrom: ["192.0.2.0/24"] };
    await refused(
      deploy({}, closed),
      /networking\.podCidr: 10\.244\.0\.0\/16 — must lie in a network that the firewall/,
    );
    await refused(
      deploy({}, closed),
      /joinCidr: 100\.64\.0\.0\/16 — [^]*add 100\.64\.0\.0\/16 to base\.network\.firewall/,
    );
  });

  it("is accepted when both are inside, without a firewall, and over a base stack that does not say", async () => {
    for (const reachableFrom of [["192.0.2.0/24", "10.0.0.0/8", "100.64.0.0/16"], ["0.0.0.0/0"], undefined]) {
      const { outputs } = await deploy({}, { reachableFrom });
      assert.equal(outputs["contract"], "platform/1");
    }
  });
});

/* StorageClasses cannot be changed, and volumes keep what they were made with. */
describe("what is fixed once there are volumes", () => {
  it("is published, and refused when it is not what it was, with what it was", async () => {
    const { outputs } = await deploy();
    assert.deepEqual(outputs["fixed"], { "platform.storage.encryption": "true", "platform.storage.replicas": "3" });
    const development = { fixed: { "platform.storage.encryption": "false", "platform.storage.replicas": "2" } };
    await refused(
      deploy({}, {}, development),
      /platform\.storage\.encryption: true, deployed with false — is fixed[^]*storage\.replicas: 3, deployed with 2/,
    );
    assert.equal((await deploy({}, {}, outputs)).outputs["contract"], "platform/1");
  });
});

describe("what customers can make their clusters of", () => {
  it("is published as the settings say, and nothing where they do not", async () => {
    const offers = {
      versions: { "v1.34.1": "registry.example/node:v1.34.1" },
      sizes: { small: { cpus: 2, memory: "4Gi" } },
    };
    assert.deepEqual((await deploy({ offers })).outputs["offers"], { ...offers, mostMachines: 10 });
    assert.equal((await deploy()).outputs["offers"], undefined);
    await refused(
      deploy({ offers: { ...offers, sizes: { big: { cpus: 0, memory: "lots" } } } }),
      /offers\.sizes\.big\.cpus: 0/,
    );
  });
});

/* MetalLB 0.16.1 takes every address away at once that a changed pool no longer holds. */
describe("addresses of load balancers", () => {
  const before = { networks: { "platform.networking.loadBalancerCidrs.0": "203.0.113.0/24" } };

  it("are refused to be dropped, unless they are given up by name", async () => {
    await refused(
      deploy({}, {}, before),
      /loadBalancerCidrs: without 203\.0\.113\.0\/24 — was deployed; .*name it in platform\.networking\.abandonedCidrs/,
    );
    const given = await deploy(networking({ abandonedCidrs: ["203.0.113.0/24"] }), {}, before);
    assert.equal(given.outputs["contract"], "platform/1");
    const larger = await deploy(networking({ loadBalancerCidrs: ["198.51.100.0/24", "203.0.112.0/23"] }), {}, before);
    assert.equal(larger.outputs["contract"], "platform/1");
  });

  it("are refused when none of them is given out", async () => {
    const loadBalancerCidrs = ["198.51.100.0/32"];
    await refused(deploy(networking({ loadBalancerCidrs })), /198\.51\.100\.0\/32 — has no address that is given out/);
  });
});

/* A namespace takes along what is in it. */
describe("what stays in the cluster when a production platform is destroyed", () => {
  it("has its namespace kept: that of the passphrase protected like it, those of releases with their webhooks", async () => {
    const { resources } = await deploy();
    const namespace = (name: string) => only(resources, "kubernetes:core/v1:Namespace", `${name}-namespace`);
    const storage = namespace("piraeus-datastore");
    assert.ok(storage.protect && storage.retainOnDelete);
    assert.ok(namespace("snapshot-controller").retainOnDelete);
    assert.ok(!namespace("cert-manager").retainOnDelete && !namespace("cert-manager").protect);
  });
});
