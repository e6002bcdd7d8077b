import * as assert from "node:assert/strict";
import * as path from "node:path";
import { FakePulumi, type Answer } from "../fake-pulumi.fixture";
import { Fleet } from "../fleet/fleet";
import { TenantsProject } from "../tenants/tenants.fixture";
import { type NewCluster, type Progress, WorkFailed } from "./cloud";
import { FleetCloud } from "./fleet-cloud";

const IMAGE = `registry.example.com/node-images/ubuntu-2404:v1.34.1@sha256:${"0".repeat(64)}`;
const OFFERS = {
  versions: { "v1.34.1": IMAGE, "v1.33.10": "registry.example.com/node:v1.33.10" },
  sizes: { small: { cpus: 2, memory: "8Gi" }, large: { cpus: 8, memory: "32Gi", disk: "100Gi" } },
  mostMachines: 6,
};
const STACK = "tenant.berlin.acme--shop";

/** The stack files are real, and so are the rules that they are held against; the engine is not. */
describe("the cloud behind the portal", () => {
  let project: TenantsProject;
  let pulumi: FakePulumi;
  let cloud: FleetCloud;
  let deployed: string[];
  beforeEach(() => {
    project = new TenantsProject();
    pulumi = new FakePulumi();
    deployed = [];
    answer();
    cloud = new FleetCloud({ ...options(), offers: OFFERS });
  });
  const options = () => ({
    fleet: new Fleet({
      project: project.root,
      pulumiRoot: pulumi.root,
      temporary: path.join(pulumi.root, "tmp"),
      policies: false,
      retries: { retries: 0 },
    }),
    project: project.root,
    cloud: "berlin",
  });
  afterEach(() => {
    project.remove();
    pulumi.remove();
  });

  function answer(more: Readonly<Record<string, Answer>> = {}): void {
    const stacks = deployed.map((name) => ({ name, current: false, resourceCount: 9 }));
    pulumi.answer({
      "stack ls": { stdout: JSON.stringify(stacks) },
      "stack output": { stdout: "{}" },
      "stack export": { stdout: JSON.stringify({ deployment: { resources: [] } }) },
      ...more,
    });
  }
  const wanted = (more: Partial<NewCluster> = {}): NewCluster => ({
    customer: "acme",
    name: "shop",
    version: "v1.34.1",
    pools: [{ name: "workers", size: "small", machines: 1, upTo: 3 }],
    allow: [],
    isProtected: false,
    ...more,
  });
  const told: Progress[] = [];
  const work = () => ({
    signal: new AbortController().signal,
    report: (progress: Progress) => void told.push(progress),
  });
  const called = (...words: string[]) =>
    pulumi.calls().filter(({ args }) => words.every((word) => args.includes(word))).length;
  const own = async () => (await cloud.clusters()).find(({ id }) => id === "acme--shop");

  it("offers what the platform publishes, the newest version first, or what the settings say", async () => {
    assert.deepEqual((await cloud.offers()).versions, ["v1.34.1", "v1.33.10"]);
    assert.deepEqual((await cloud.offers()).sizes[0], { name: "small", cpus: 2, memory: "8Gi" });
    const published = { versions: { "v1.34.1": IMAGE }, sizes: { tiny: { cpus: 1, memory: "2Gi" } }, mostMachines: 2 };
    answer({ "stack output": { stdout: JSON.stringify({ offers: published }) } });
    const { versions, sizes } = await new FleetCloud({ ...options(), offers: OFFERS }).offers();
    assert.deepEqual([versions, sizes], [["v1.34.1"], [{ name: "tiny", cpus: 1, memory: "2Gi" }]]);
    answer();
    await assert.rejects(new FleetCloud(options()).offers(), /platform\.berlin\.offers: nothing — must say which/);
  });

  it("writes a cluster down with room to grow, once, which is then resized within it", async () => {
    await cloud.reserve(wanted(), {});
    const text = project.read(`Pulumi.${STACK}.yaml`);
    await cloud.reserve(wanted(), {});
    assert.equal(project.read(`Pulumi.${STACK}.yaml`), text);
    const { quota, ...rest } = (await own()) ?? assert.fail();
    assert.ok(quota.cpu >= 6 && quota.storage > 0);
    assert.deepEqual(rest, {
      id: "acme--shop",
      customer: "acme",
      version: "v1.34.1",
      isProtected: false,
      pools: [{ name: "workers", cpus: 2, memory: "8Gi", machines: 1 }],
      deployed: false,
    });
    await cloud.resize("acme--shop", "workers", 3);
    assert.equal((await own())?.pools[0]?.machines, 3);
    await assert.rejects(cloud.resize("acme--shop", "workers", 4), /quota\.cpu/);
  });

  it("refuses what is not offered, and more than a customer may have, and writes nothing", async () => {
    const before = project.files();
    const pool = { name: "workers", size: "small", machines: 1, upTo: 3 };
    const pools = [
      { ...pool, size: "__proto__" },
      { ...pool, name: "b", upTo: 7 },
    ];
    await assert.rejects(
      cloud.reserve(wanted({ version: "constructor", pools }), {}),
      /version: constructor[^]*pools\.workers\.size: __proto__[^]*pools\.b\.upTo: 7 — must be at most 6/,
    );
    await assert.rejects(cloud.reserve(wanted({ allow: ["<b>"] }), {}), /allowedSources/);
    const limit = { cpu: 100, memory: 2 ** 40, storage: 2 ** 40 };
    await assert.rejects(
      cloud.reserve(wanted(), limit),
      /quota\.cpu: \d+ cores — all clusters of acme together may have 100/,
    );
    assert.deepEqual(project.files(), before);
  });

  it("deploys a cluster, and says in which of the known ways that failed", async () => {
    await cloud.reserve(wanted(), {});
    deployed = [STACK];
    answer();
    await cloud.deploy("acme--shop", work());
    assert.equal(called("up", STACK), 1);
    assert.equal((await own())?.deployed, true);
    answer({ up: { code: 255, stderr: "error: the stack is currently locked by 1 lock(s)" } });
    await assert.rejects(
      cloud.deploy("acme--shop", work()),
      (error) => error instanceof WorkFailed && error.kind === "locked",
    );
  });

  it("deletes a cluster with its stack, file and networks, and can do so again", async () => {
    await cloud.reserve(wanted(), {});
    deployed = [STACK];
    answer();
    await cloud.remove("acme--shop", work());
    assert.deepEqual([called("destroy", STACK), called("rm", STACK)], [1, 1]);
    assert.equal(await own(), undefined);
    assert.doesNotMatch(project.read("inventory.berlin.yaml"), /acme--shop/);
    deployed = [];
    answer();
    await cloud.remove("acme--shop", work());
    assert.deepEqual([called("destroy"), called("rm")], [0, 0]);
  });

  it("recovers what has a state, and gives out a kubeconfig when there is one", async () => {
    await cloud.recover("acme--shop");
    assert.equal(called("export"), 0);
    await assert.rejects(cloud.kubeconfig("acme--shop"), WorkFailed);
  });
});
