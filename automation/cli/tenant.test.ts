import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { TenantsProject } from "../tenants/tenants.fixture";

const CLI = path.join(__dirname, "index.js");

describe("firmament tenant", () => {
  let project: TenantsProject;
  beforeEach(() => (project = new TenantsProject()));
  afterEach(() => project.remove());
  const firmament = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "tenant", ...args, "--root", project.root], {
      encoding: "utf8",
      env: { ...process.env, PATH: "/nowhere" },
    });
    return { status, stdout, stderr };
  };
  const POOL = ["--image", "registry.example/node:v1.34.1", "--pool", "a=replicas=1,cpus=2,memory=4Gi"];

  it("makes a tenant and lists it", () => {
    const made = firmament("new", "berlin", "prod", "--customer", "acme", "--version", "v1.34.1", ...POOL);
    assert.deepEqual([made.status, made.stderr], [0, ""]);
    assert.match(made.stdout, /acme--prod\.yaml: written; customer acme\n {2}pods 10\.128\.32\.0\/19, services /);
    assert.match(made.stdout, /\nNext: commit both; npx firmament check --stack tenant\.berlin\.acme--prod; /);
    const { stdout } = firmament("list", "berlin", "--json");
    const [, second] = JSON.parse(stdout) as { tenant: string; nodePools: object }[];
    assert.deepEqual([second?.tenant, second?.nodePools], ["acme--prod", { a: "1" }]);
  });

  it("ends with code 2 and everything that is wrong", () => {
    const wrong = firmament("new", "berlin", "Prod", "--version", "v1.34.1", ...POOL, "--quota", "x=1");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /tenant Prod cannot be used:\n {2}name: "Prod" — [^]*\n {2}--quota: x=1 — /);
    assert.equal(firmament("new", "berlin", "prod", "--version", "v1.34.1").status, 2);
  });

  it("removes nothing where no Pulumi CLI says that the stack is empty", () => {
    const { status, stderr } = firmament("remove", "tenant.berlin.acme");
    assert.equal(status, 2);
    assert.match(stderr, /ENOENT — must be known to have no resources before its networks are free; .*--gone/);
  });
});
