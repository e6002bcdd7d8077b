import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { FakePulumi } from "../fake-pulumi.fixture";
import { TenantsProject } from "./tenants.fixture";

const CLI = path.join(__dirname, "..", "cli", "index.js");
const STACK = "tenant.berlin.acme";
const FILE = `Pulumi.${STACK}.yaml`;

describe("firmament tenant delete", () => {
  let project: TenantsProject;
  let pulumi: FakePulumi;
  beforeEach(() => {
    project = new TenantsProject();
    pulumi = new FakePulumi();
    answer();
  });
  afterEach(() => {
    project.remove();
    pulumi.remove();
  });
  const EMPTY = { stdout: JSON.stringify({ version: 3, deployment: {} }) };
  const there = (...names: string[]) => ({
    stdout: JSON.stringify(names.map((name) => ({ name, current: false, resourceCount: 31 }))),
  });
  const answer = (more: Parameters<FakePulumi["answer"]>[0] = {}) =>
    pulumi.answer({ "stack ls": there(STACK), "stack export": EMPTY, ...more });
  const remove = (...args: string[]) => {
    const all = [CLI, "tenant", "delete", STACK, "--root", project.root, "--pulumi", pulumi.root, ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
    return { status, stdout, stderr };
  };
  const used = (...words: string[]) =>
    pulumi.calls().filter(({ args }) => words.every((word, index) => args[index] === word)).length;
  const files = () => [FILE in project.files(), /^ {2}acme:/m.test(project.read("inventory.berlin.yaml"))];

  it("says what would be gone, and does nothing until it is meant", () => {
    const { status, stdout } = remove();
    assert.equal(status, 2);
    assert.match(
      stdout,
      /^tenant\.berlin\.acme: 31 resources, its stack file and its networks would be deleted for good\n/,
    );
    assert.deepEqual([used("destroy"), used("stack", "rm"), files()], [0, 0, [true, true]]);
  });

  it("destroys the stack, then frees its networks and removes it", () => {
    const { status, stdout, stderr } = remove("--yes", "--json");
    assert.equal(status, 0, stderr);
    const { freed } = JSON.parse(stdout) as { freed: string[] };
    assert.deepEqual(freed, ["10.128.0.0/19", "10.64.0.0/22"]);
    assert.deepEqual([used("destroy"), used("stack", "rm", STACK), files()], [1, 1, [false, false]]);
  });

  it("keeps stack file and networks where the destruction fails, or something is left", () => {
    answer({ destroy: { code: 255, stderr: "error: resource x is protected" } });
    const { status, stdout } = remove("--yes");
    assert.equal(status, 2, stdout);
    assert.match(stdout, /tenant\.berlin\.acme: failed/);
    answer({ "stack export": { stdout: JSON.stringify({ deployment: { resources: [{ type: "kubernetes:x" }] } }) } });
    assert.match(remove("--yes").stderr, /1 resources — must have none/);
    assert.deepEqual([used("stack", "rm"), files()], [0, [true, true]]);
  });

  it("goes on where it was killed: before the files, between them and the stack, and after all", () => {
    answer({ "stack rm": { code: 255, stderr: "error: interrupted" } });
    assert.notEqual(remove("--yes").status, 0);
    assert.deepEqual(files(), [false, false]);
    answer();
    const { status, stdout, stderr } = remove("--yes");
    assert.deepEqual([status, stdout], [0, "tenant.berlin.acme: deleted\n"], stderr);
    assert.deepEqual([used("destroy"), used("stack", "rm")], [0, 1]);
    answer({ "stack ls": there() });
    assert.match(remove("--yes").stderr, /none of them — must be a tenant of this cloud/);
  });

  it("frees a tenant whose stack is gone already", () => {
    answer({ "stack ls": there(), "stack export": { code: 255, stderr: `error: no stack named '${STACK}' found` } });
    const { status, stderr } = remove("--yes");
    assert.equal(status, 0, stderr);
    assert.deepEqual([used("destroy"), used("stack", "rm"), files()], [0, 0, [false, false]]);
    assert.ok(fs.existsSync(path.join(project.root, "stacks", "config", "inventory.berlin.yaml")));
  });
});
