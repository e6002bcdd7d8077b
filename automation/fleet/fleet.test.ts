import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { FakePulumi } from "../fake-pulumi.fixture";
import type { FleetEvent } from "./events";
import { Fleet, type FleetOptions, type Run } from "./fleet";
import { resultsOf } from "./outcome";

describe("a fleet", () => {
  let pulumi: FakePulumi;
  beforeEach(() => {
    pulumi = new FakePulumi();
    fs.writeFileSync(path.join(pulumi.root, "Pulumi.yaml"), "name: firmament\nruntime: nodejs\n");
    for (const name of ["base.a", "platform.a", "tenant.a.x", "tenant.a.y", "base.example"]) {
      const layer = name.split(".")[0] ?? "";
      fs.writeFileSync(path.join(pulumi.root, `Pulumi.${name}.yaml`), `config:\n  firmament:layer: ${layer}\n`);
    }
    pulumi.answer({ "stack ls": { stdout: "[]" } });
  });
  afterEach(() => pulumi.remove());

  const fleet = (options: Partial<FleetOptions> = {}) =>
    new Fleet({
      project: pulumi.root,
      pulumiRoot: pulumi.root,
      temporary: path.join(pulumi.root, "tmp"),
      policies: false,
      retries: { pause: 0 },
      ...options,
    });
  const calls = (command: string) =>
    pulumi
      .calls()
      .filter(({ args }) => args[0] === command)
      .map(({ args }) => args[args.indexOf("--stack") + 1]);
  const events = async (run: Run) => {
    const all: FleetEvent[] = [];
    for await (const event of run) all.push(event);
    return all;
  };

  it("deploys each stack after what it builds on, and makes those that are not there", async () => {
    const missing = { code: 255, stderr: "error: no stack named 'tenant.a.x' found" };
    pulumi.answer({ "stack ls": { stdout: "[]" }, "up@tenant.a.x": [missing, {}] });
    const result = await fleet({ concurrency: 1 }).up({}).result;
    assert.equal(result.ok, true);
    assert.deepEqual(calls("up"), ["base.a", "platform.a", "tenant.a.x", "tenant.a.x", "tenant.a.y"]);
    const made = pulumi.calls().filter(({ args }) => args[1] === "init");
    assert.deepEqual(
      made.map(({ args }) => args[2]),
      ["tenant.a.x"],
    );
    assert.deepEqual(fs.readdirSync(path.join(pulumi.root, "tmp")), []);
  });

  it("destroys the other way round", async () => {
    await fleet({ concurrency: 1 }).destroy({}).result;
    assert.deepEqual(calls("destroy"), ["tenant.a.y", "tenant.a.x", "platform.a", "base.a"]);
  });

  it("refuses to take away what others stand on", async () => {
    const there = ["platform.a", "tenant.a.x"].map((name) => ({ name, current: false, resourceCount: 3 }));
    pulumi.answer({ "stack ls": { stdout: JSON.stringify(there) } });
    await assert.rejects(fleet().destroy({ stacks: ["platform.a"] }).result, {
      message: /tenant\.a\.x: 3 resources — builds on what would be destroyed; destroy it first/,
    });
    assert.deepEqual(calls("destroy"), []);
    assert.equal((await fleet().destroy({ stacks: ["platform.a", "tenant.a.x"] }).result).ok, true);
  });

  it("lets canaries come first, and ends where one fails", async () => {
    pulumi.answer({ "up@tenant.a.y": { code: 255, stderr: "error: out of luck" } });
    const { stacks } = await fleet().up({}, { canaries: ["tenant.a.y"], stopOnFailure: true }).result;
    assert.deepEqual(calls("up"), ["base.a", "platform.a", "tenant.a.y"]);
    assert.deepEqual(
      stacks.map(({ status }) => status),
      ["done", "done", "skipped", "failed"],
    );
    await assert.rejects(fleet().up({}, { canaries: ["base.a"] }).result, /canary: base\.a — must be a tenant/);
  });

  it("tells what happens, and what became of each stack", async () => {
    pulumi.answer({ "stack ls": { stdout: "[]" }, "up@platform": { code: 255, stderr: "error: out of luck" } });
    const run = fleet().up({});
    const told = await events(run);
    const { ok, stacks } = await run.result;
    assert.equal(ok, false);
    assert.deepEqual(
      stacks.map(({ stack, status }) => [stack, status]),
      [
        ["base.a", "done"],
        ["platform.a", "failed"],
        ["tenant.a.x", "skipped"],
        ["tenant.a.y", "skipped"],
      ],
    );
    const failed = stacks[1];
    assert.ok(failed?.status === "failed");
    assert.equal(failed.failure.kind, "program");
    assert.throws(() => resultsOf({ operation: "up", ok, stacks, seconds: 0 }), /out of luck/);
    assert.deepEqual(
      told.filter(({ type }) => type === "started" || type === "finished").map(({ type, stack }) => `${stack} ${type}`),
      [
        "base.a started",
        "base.a finished",
        "platform.a started",
        "platform.a finished",
        "tenant.a.x finished",
        "tenant.a.y finished",
      ],
    );
  });

  it("tries again after what may pass, and says so", async () => {
    const locked = { code: 255, stderr: "error: [409] Conflict: Another update is currently in progress." };
    pulumi.answer({ "stack ls": { stdout: "[]" }, "up@base": [locked, {}] });
    const run = fleet().up({ stacks: ["base.a"] });
    const told = await events(run);
    const [outcome] = (await run.result).stacks;
    assert.ok(outcome?.status === "done");
    assert.equal(outcome.attempts, 2);
    assert.deepEqual(
      told.flatMap((event) => (event.type === "retry" ? [event.failure.kind] : [])),
      ["locked"],
    );
  });

  it("recovers stacks first that were interrupted, as the caller knows", async () => {
    pulumi.answer({ "stack export": { stdout: '{"deployment":{}}' } });
    const run = fleet().up({ stacks: ["base.a", "platform.a"] }, { interrupted: (stack) => stack === "base.a" });
    const told = await events(run);
    assert.equal((await run.result).ok, true);
    assert.deepEqual(calls("cancel"), ["base.a"]);
    assert.equal(told[0]?.type, "recovered");
  });

  it("is interrupted by the caller, without touching what works beside it", async () => {
    pulumi.answer({ "stack ls": { stdout: "[]" }, "up@tenant.a.x": { wait: true } });
    const stop = new AbortController();
    const one = fleet().up({ stacks: ["tenant.a.x"] }, { signal: stop.signal });
    const other = fleet().up({ stacks: ["tenant.a.y"] });
    assert.equal((await other.result).ok, true);
    while (!calls("up").includes("tenant.a.x")) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    const [outcome] = (await one.result).stacks;
    assert.ok(outcome?.status === "failed");
    assert.equal(outcome.failure.kind, "cancelled");
  });

  it("refuses a selection that names nothing, before anything is begun", async () => {
    await assert.rejects(fleet().up({ stacks: ["tenant.a.z"] }).result, { name: "InvalidInput" });
    assert.deepEqual(pulumi.calls(), []);
  });

  it("lists stack files with what the backend has", async () => {
    const summaries = [{ name: "base.a", current: false, resourceCount: 14, lastUpdate: "2026-05-04T03:02:01Z" }];
    pulumi.answer({ "stack ls": { stdout: JSON.stringify(summaries) } });
    const [base, platform] = await fleet().list();
    assert.deepEqual(base, {
      name: "base.a",
      stack: { layer: "base", cloud: "a" },
      deployed: true,
      resources: 14,
      lastUpdate: "2026-05-04T03:02:01Z",
    });
    assert.equal(platform?.deployed, false);
  });

  it("leaves environment and working directory of the process alone", async () => {
    const [env, cwd] = [JSON.stringify(process.env), process.cwd()];
    await fleet({ env: { PULUMI_HOME: "/its/own" }, backend: "file:///its/own" }).up({}).result;
    assert.deepEqual([JSON.stringify(process.env), process.cwd()], [env, cwd]);
  });
});
