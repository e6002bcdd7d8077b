import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { checkStacks } from "../check/check-stacks";
import { blocking } from "../check/result";
import { newTenant, type NewTenant } from "./new";
import { resizePool } from "./resize";
import { TenantsProject } from "./tenants.fixture";

const IMAGE =
  "registry.example.com/node-images/ubuntu-2404:v1.34.1@sha256:0000000000000000000000000000000000000000000000000000000000000000";
const FILE = "Pulumi.tenant.berlin.acme--prod.yaml";

describe("a new tenant", () => {
  let project: TenantsProject;
  beforeEach(() => (project = new TenantsProject()));
  afterEach(() => project.remove());

  const make = (change: Partial<NewTenant> = {}) =>
    newTenant({
      root: project.root,
      cloud: "berlin",
      name: "prod",
      customer: "acme",
      version: "v1.34.1",
      pools: ["general=replicas=3,cpus=8,memory=32Gi,disk=100Gi", "burst=min=0,max=6,cpus=4,memory=16Gi"],
      image: IMAGE,
      allow: ["203.0.113.0/24"],
      san: ["prod.acme.example"],
      ...change,
    });
  const refused = async (change: Partial<NewTenant>, ...parts: readonly string[]) => {
    const before = project.files();
    await assert.rejects(make(change), (error: Error) => {
      assert.equal(error.name, "InvalidInput");
      for (const part of parts) assert.ok(error.message.includes(part), `${part}\n--- not in:\n${error.message}`);
      return true;
    });
    assert.deepEqual(project.files(), before);
  };

  it("gets networks, a quota that is enough and a stack file, and the inventory knows", async () => {
    const made = await make();
    assert.deepEqual(
      { ...made, quota: undefined },
      {
        stack: "tenant.berlin.acme--prod",
        tenant: "acme--prod",
        customer: "acme",
        file: `stacks/config/${FILE}`,
        inventory: "stacks/config/inventory.berlin.yaml",
        allocation: { podCidr: "10.128.32.0/19", serviceCidr: "10.64.4.0/22" },
        quota: undefined,
      },
    );
    const { config } = parse(project.read(FILE)) as { config: Record<string, Record<string, unknown>> };
    assert.deepEqual(config["firmament:tenant"], {
      tier: "production",
      kubernetesVersion: "v1.34.1",
      network: made.allocation,
      controlPlane: {
        serviceType: "LoadBalancer",
        allowedSources: ["203.0.113.0/24"],
        certSANs: ["prod.acme.example"],
      },
      quota: { cpu: "74", memory: "264Gi", storage: "632Gi" },
      nodePools: {
        general: { replicas: 3, cpus: 8, memory: "32Gi", disk: { size: "100Gi" }, image: IMAGE },
        burst: { autoscaling: { min: 0, max: 6 }, cpus: 4, memory: "16Gi", image: IMAGE },
      },
    });
    assert.match(
      project.read("inventory.berlin.yaml"),
      /\n {2}acme--prod: \{ podCidr: 10\.128\.32\.0\/19, serviceCidr: 10\.64\.4\.0\/22 \}\n/,
    );
    const names = Object.keys(project.files());
    assert.ok(
      names.every((name) => !/\.(new|lock)$/.test(name)),
      names.join(" "),
    );
  });

  it("gets a quota with room for more machines, where somebody says for how many, and within a limit", async () => {
    const pools = ["general=replicas=1,cpus=8,memory=32Gi"];
    const alone = (await make({ pools })).quota;
    const { quota } = await make({ name: "roomy", pools, room: { general: 3, other: 9 } });
    assert.equal(Number(quota["cpu"]) - Number(alone["cpu"]), 2 * 8);
    assert.match(project.read("Pulumi.tenant.berlin.acme--roomy.yaml"), /replicas: 1\n/);
    assert.equal(
      resizePool({ root: project.root, stack: "tenant.berlin.acme--roomy", pool: "general", size: "3" }).after,
      "3",
    );
    assert.throws(
      () => resizePool({ root: project.root, stack: "tenant.berlin.acme--prod", pool: "general", size: "3" }),
      /quota\.cpu/,
    );
    const limit = (given: Readonly<Record<string, unknown>>) => [
      { where: "quota.cpu", given: String(given["cpu"]), rule: "must be less", fix: "choose less" },
    ];
    await refused({ name: "limited", pools, limit }, `quota.cpu: ${alone["cpu"]} — must be less; choose less`);
  });

  it("is closed where nobody says who may connect to its API", async () => {
    await make({ allow: [], san: [] });
    assert.match(project.read(FILE), /\n {4}controlPlane:\n {6}serviceType: ClusterIP\n {4}quota:/);
  });

  it("passes the check of its stack", async () => {
    const { stack } = await make();
    project.edit("Pulumi.platform.berlin.yaml", "    # mirror: ", "    mirror: ");
    const policies = path.join("stacks", "config", "policies.yaml");
    fs.copyFileSync(path.join(PACKAGE_ROOT, policies), path.join(project.root, policies));
    const result = await checkStacks({ root: project.root, stacks: [stack], render: { helm: false } });
    assert.deepEqual(result.broken, []);
    assert.deepEqual(
      blocking(result)
        // no digest pins the charts yet
        .filter(({ rule }) => rule !== "helm-verify")
        .map(({ rule, path: where, message }) => [rule, where, message]),
      [],
    );
  }).timeout(60_000);

  it("gets networks that miss those of the management cluster and of tenants by hand", async () => {
    project.edit("Pulumi.platform.berlin.yaml", "podCidr: 10.244.0.0/16", "podCidr: 10.128.32.0/19");
    project.write(
      "Pulumi.tenant.berlin.byhand.yaml",
      "config: { firmament:tenant: { network: { podCidr: 10.128.64.0/20, serviceCidr: 10.64.4.0/24 } } }\n",
    );
    const { allocation } = await make();
    assert.deepEqual(allocation, { podCidr: "10.128.96.0/19", serviceCidr: "10.64.8.0/22" });
  });

  it("gets an address for its API where the inventory has a pool of them, unlike any in a stack file", async () => {
    const pool = "pools:\n  apiAddress: { networks: [198.51.100.128/25] }\n";
    project.edit("inventory.berlin.yaml", "pools:\n", pool);
    project.edit(
      "Pulumi.tenant.berlin.acme.yaml",
      "      certSANs:",
      "      loadBalancer: { address: 198.51.100.128 }\n      certSANs:",
    );
    const { allocation } = await make();
    assert.equal(allocation.apiAddress, "198.51.100.129");
    assert.match(project.read(FILE), /\n {6}loadBalancer:\n {8}address: 198\.51\.100\.129\n/);
    assert.match(project.read("inventory.berlin.yaml"), /acme--prod: \{ .*, apiAddress: 198\.51\.100\.129 \}\n/);
    const closed = await make({ name: "closed", allow: [] });
    assert.equal(closed.allocation.apiAddress, undefined);
    fs.rmSync(path.join(project.root, "stacks/config", FILE));
    await refused({ allow: [] }, "--allow: missing — the inventory has an address for its API");
    project.edit("inventory.berlin.yaml", "[198.51.100.128/25]", "[198.51.100.128/25, 203.0.113.0/24]");
    await refused(
      { name: "other" },
      "pools.apiAddress.networks.1: 203.0.113.0/24 — must lie in platform.networking.loadBalancerCidrs (198.51.100.0/24)",
    );
  });

  it("that the inventory has and that has no stack file gets the networks that it has", async () => {
    project.edit("inventory.berlin.yaml", /$/, "  acme--prod: { podCidr: 10.200.0.0/19, serviceCidr: 10.70.0.0/22 }\n");
    const inventory = project.read("inventory.berlin.yaml");
    assert.deepEqual((await make()).allocation, { podCidr: "10.200.0.0/19", serviceCidr: "10.70.0.0/22" });
    assert.equal(project.read("inventory.berlin.yaml"), inventory);
  });

  it("is refused with everything that is wrong, and nothing is written", async () => {
    await refused(
      { name: "Prod", customer: "a--b", pools: ["general", "x=cpus=", "y=size=3"], quota: ["cores=3"], podPrefix: 25 },
      'name: "Prod" — must consist of',
      "--customer: a--b — must not contain --",
      "--pool: general — must be <name>=<key>=<value>",
      "--pool x: cpus without a value",
      "--pool y: size — keys are replicas, min, max, cpus, memory, disk, image",
      "--quota: cores=3 — must be cpu=, memory= or storage=",
      "--pod-prefix: 25 — must be from 8 to 24",
    );
    await refused(
      { version: "1.34", pools: ["a=replicas=many,cpus=0,memory=lots"] },
      'tenant.kubernetesVersion: "1.34" — must be a Kubernetes version',
      'tenant.nodePools.a.replicas: "many"',
      "tenant.nodePools.a.cpus: 0",
      'tenant.nodePools.a.memory: "lots"',
    );
    await refused(
      { version: "v1.33.2", pools: ["a=replicas=40,cpus=2,memory=4Gi"], quota: ["cpu=4"] },
      "tenant.network.podCidr: 10.128.32.0/19 — must hold a /24 for each of 41 nodes",
      "tenant.nodePools.a.image: ",
      "tenant.quota.cpu: 4",
    );
    await refused({ name: "acme", customer: undefined as never }, "Pulumi.tenant.berlin.acme.yaml: is there");
    await refused({ cloud: "paris" }, "inventory.paris.yaml: no such file", "Pulumi.base.paris.yaml");
  });

  it("is refused where the inventory contradicts itself or has no room", async () => {
    project.edit("inventory.berlin.yaml", "podCidr: 10.128.0.0/19", "podCidr: 172.16.0.0/19");
    await refused({}, "tenants.acme.podCidr: 172.16.0.0/19 — must lie in one of pools.podCidr.networks");
    project.edit("inventory.berlin.yaml", "podCidr: 172.16.0.0/19", "podCidr: 10.128.0.0/9");
    await refused({}, "pools.podCidr.networks: 10.128.0.0/9 — must have room for a /19 more");
  });

  it("waits for another command that changes the inventory; a killed one holds nothing", async () => {
    const lock = path.join(project.root, "stacks/config/inventory.berlin.yaml.lock");
    fs.writeFileSync(lock, String(process.pid));
    const before = project.files();
    const waiting = make();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(project.files(), before);
    fs.rmSync(lock);
    await waiting;
    fs.writeFileSync(lock, "999999999");
    await make({ name: "other" });
    assert.ok(!fs.existsSync(lock));
  });
});
