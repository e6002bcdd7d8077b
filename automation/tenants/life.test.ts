import * as assert from "node:assert/strict";
import { OperationFailed } from "../operation-failed";
import { tenantList, tenantRemove, tenantResize } from "../cli/tenant";
import { listTenants } from "./list";
import { resizePool } from "./resize";
import { TenantsProject } from "./tenants.fixture";

const STACK = "tenant.berlin.acme";
const FILE = `Pulumi.${STACK}.yaml`;

const state = (deployment: object) => ({ exportState: () => Promise.resolve(JSON.stringify({ deployment })) });
const failing = (message: string) => ({ exportState: () => Promise.reject(new OperationFailed(message)) });

describe("tenants of a cloud", () => {
  let project: TenantsProject;
  beforeEach(() => (project = new TenantsProject()));
  afterEach(() => project.remove());
  const unchanged = async (work: () => unknown, message: RegExp) => {
    const before = project.files();
    await assert.rejects(async () => work(), message);
    assert.deepEqual(project.files(), before);
  };

  it("are listed from their stack files and the inventory", () => {
    project.edit(
      "inventory.berlin.yaml",
      /$/,
      "  globex--dev: { podCidr: 10.200.0.0/19, serviceCidr: 10.70.0.0/22 }\n",
    );
    project.write("Pulumi.tenant.berlin.wrong.yaml", "config: { firmament:layer: tenant, firmament:tenant: 5 }\n");
    assert.deepEqual(tenantList("berlin", { root: project.root }).split("\n"), [
      "acme: v1.34.1; pods 10.128.0.0/19; services 10.64.0.0/22; machines: general 3, burst 0–6",
      "globex--dev: customer globex, no version; pods 10.200.0.0/19; services 10.70.0.0/22; no stack file",
      "wrong: no version; pods none; services none; not in the inventory",
    ]);
    const [acme] = JSON.parse(tenantList("berlin", { root: project.root, json: true })) as unknown[];
    assert.deepEqual(acme, listTenants(project.root, "berlin")[0]);
    assert.equal(tenantList("paris", { root: project.root }), "paris has no tenants");
  });

  describe("are resized", () => {
    const resize = (pool: string, size: string) => resizePool({ root: project.root, stack: STACK, pool, size });

    it("by one number in their file, comments and all else as they were", () => {
      const before = project.read(FILE);
      assert.deepEqual(resize("general", "4"), {
        stack: STACK,
        pool: "general",
        file: `stacks/config/${FILE}`,
        before: "3",
        after: "4",
      });
      assert.equal(project.read(FILE), before.replace("        replicas: 3\n", "        replicas: 4\n"));
      assert.match(
        tenantResize(STACK, "burst", "1..5", { root: project.root }),
        /pool burst 0\.\.6 → 1\.\.5\nNext: pulumi up --stack tenant\.berlin\.acme/,
      );
      assert.equal(
        project.read(FILE),
        before
          .replace("        replicas: 3\n", "        replicas: 4\n")
          .replace("{ min: 0, max: 6 }", "{ min: 1, max: 5 }"),
      );
    });

    it("whatever DataStore of the platform they have", () => {
      project.edit(FILE, "      certSANs:", "      dataStore: own\n      certSANs:");
      assert.throws(() => resize("general", "2"), /tenant\.controlPlane\.dataStore: own/);
      project.edit(
        "Pulumi.platform.berlin.yaml",
        "    networking:\n",
        "    dataStores: { own: {} }\n    networking:\n",
      );
      assert.equal(resize("general", "2").after, "2");
    });

    it("only to what their quota and networks have room for", async () => {
      await unchanged(
        () => resize("general", "40"),
        /podCidr: 10\.128\.0\.0\/19 — must hold a \/24 for each of 48 nodes[^]*quota\.cpu: 96 — [^]*quota\.memory[^]*quota\.storage/,
      );
    });

    it("only with a size that the pool can have, and only pools that they have", async () => {
      await unchanged(
        () => resize("general", "0..3"),
        /nodePools\.general: 0\.\.3 — must be one number: the pool is not/,
      );
      await unchanged(() => resize("general", "-1"), /nodePools\.general: -1 — must be a number of machines/);
      await unchanged(() => resize("general", "501"), /general\.replicas: 501 — must be a whole number from 0 to 500/);
      await unchanged(() => resize("burst", "3"), /nodePools\.burst: 3 — an autoscaler chooses between bounds/);
      await unchanged(() => resize("burst", "6..2"), /burst\.autoscaling: 6 to 2 — min must not exceed max/);
      await unchanged(
        () => resize("gpu", "1"),
        /pool: gpu — must be a node pool of the tenant; choose from general, burst/,
      );
      await unchanged(
        () => resizePool({ root: project.root, stack: "base.berlin", pool: "x", size: "1" }),
        /stack: base\.berlin — must be a tenant's stack/,
      );
      project.edit(FILE, "replicas: 3\n        cpus", "replicas: &three 3\n        cpus");
      resize("general", "4");
      assert.match(project.read(FILE), /replicas: &three 4\n/);
    });
  });

  describe("are removed", () => {
    const remove = (engine: ReturnType<typeof state>, more = {}) =>
      tenantRemove(STACK, { root: project.root, ...more }, engine);

    it("when their stack is empty or gone: no stack file, networks freed", async () => {
      const text = await remove(state({ resources: [{ type: "pulumi:pulumi:Stack" }] }));
      assert.match(text, /freed 10\.128\.0\.0\/19, 10\.64\.0\.0\/22/);
      assert.match(text, /pulumi stack rm tenant\.berlin\.acme/);
      assert.deepEqual(Object.keys(project.files()), [
        "Pulumi.base.berlin.yaml",
        "Pulumi.platform.berlin.yaml",
        "inventory.berlin.yaml",
      ]);
      assert.match(project.read("inventory.berlin.yaml"), /freed:\n {2}podCidr: \[10\.128\.0\.0\/19\]\n/);
      await assert.rejects(remove(state({})), /tenant\.berlin\.acme: neither — must be a tenant of this cloud/);
    });

    it("when there is no such stack any more", async () => {
      const engine = failing("pulumi stack export --stack x: error: no stack named 'tenant.berlin.acme' found");
      const json = JSON.parse(await remove(engine, { json: true })) as Record<string, unknown>;
      assert.deepEqual([json["empty"], json["freed"]], [false, ["10.128.0.0/19", "10.64.0.0/22"]]);
    });

    it("not while it has resources, or operations that have no known end", async () => {
      await unchanged(
        () => remove(state({ resources: [{ type: "pulumi:pulumi:Stack" }, { type: "kubernetes:core/v1:Namespace" }] })),
        /tenant\.berlin\.acme: 1 resources — must have none: its networks are in use; run `pulumi destroy --stack/,
      );
      await unchanged(() => remove(state({ pending_operations: [{}] })), /1 resources — must have none/);
    });

    it("not while it cannot be known, unless the caller says so", async () => {
      const engine = failing("pulumi stack export: error: PULUMI_ACCESS_TOKEN must be set\nmore");
      await unchanged(
        () => remove(engine),
        /PULUMI_ACCESS_TOKEN must be set — must be known to have no resources.*; let this reach the backend, or give --gone/,
      );
      await remove(engine, { gone: true });
      assert.doesNotMatch(project.read("inventory.berlin.yaml"), /acme/);
    });
  });
});
