import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { FleetEvent } from "../../automation/fleet/events";
import { Fleet, type FleetCall, type FleetOptions } from "../../automation/fleet/fleet";
import type { StackOutcome } from "../../automation/fleet/outcome";
import type { FailureKind } from "../../automation/failure/kinds";
import { InvalidInput } from "../../components/core/problem";
import { resolveTools, silentProgress } from "../../sandbox/offline/toolchain";
import { presentable } from "../../stacks/presentable";
import { temporaryName } from "./support";

/** How the real engine fails, on a backend in a folder, and what a fleet makes of it. */
describe("failures of the real engine", () => {
  const directory = temporaryName("firmament-failures-");
  const at = (name: string) => path.join(directory, name);
  const STACKS = ["base.a", "tenant.a.x", "tenant.a.y"];

  before(async () => {
    const tools = await resolveTools(["pulumi", "pulumi-language-nodejs"], { progress: silentProgress });
    for (const folder of ["", "bin", "project", "state", "tmp"]) fs.mkdirSync(at(folder), { mode: 0o700 });
    for (const { name, path: file } of tools.values()) fs.symlinkSync(file, path.join(at("bin"), name));
    fs.writeFileSync(at("passphrase"), "right");
    fs.writeFileSync(at("wrong"), "wrong");
    fs.writeFileSync(path.join(at("project"), "Pulumi.yaml"), "name: firmament\nruntime: nodejs\n");
    for (const stack of STACKS) {
      const layer = stack.split(".")[0] ?? "";
      fs.writeFileSync(path.join(at("project"), `Pulumi.${stack}.yaml`), `config:\n  firmament:layer: ${layer}\n`);
    }
    // their creation takes the lock as well
    await fleet().engine.create(STACKS);
  });
  after(() => fs.rmSync(directory, { recursive: true, force: true }));
  afterEach(() => assert.deepEqual(fs.readdirSync(at("tmp")), [], "an operation left temporary files"));

  const fleet = (options: Partial<FleetOptions> = {}) =>
    new Fleet({
      project: at("project"),
      pulumiRoot: directory,
      backend: `file://${at("state")}`,
      passphraseFile: at("passphrase"),
      secretsProvider: "passphrase",
      env: {
        PATH: `${at("bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
        PULUMI_HOME: at("home"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
      userSettings: false,
      temporary: at("tmp"),
      policies: false,
      retries: { retries: 0 },
      ...options,
    });

  /** Runs until it is let go. */
  function waiting() {
    let release = () => undefined as void;
    let begin = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const program = async () => {
      begin();
      await held;
      return { done: true };
    };
    return { program, release, begun };
  }
  const nothing = () => Promise.resolve({ done: true });

  async function up(of: Fleet, stack: string, call: FleetCall) {
    const run = of.up({ stacks: [stack] }, call);
    const events: FleetEvent[] = [];
    const listening = (async () => {
      for await (const event of run) events.push(event);
    })();
    const [outcome] = (await run.result).stacks;
    await listening;
    assert.ok(outcome !== undefined);
    return { outcome, events };
  }
  /** With the message, where it failed, so that a wrong one shows it. */
  const kindOf = (outcome: StackOutcome): string =>
    outcome.status === "failed" ? outcome.failure.kind : outcome.status;

  const locks = (stack: string) => path.join(at("state"), ".pulumi", "locks", "organization", "firmament", stack);
  const locksOf = (stack: string) =>
    fs.existsSync(locks(stack)) ? fs.readdirSync(locks(stack)).filter((name) => name.endsWith(".json")) : [];
  function lockHolder(stack: string): number {
    const [file = "no lock"] = locksOf(stack);
    return (JSON.parse(fs.readFileSync(path.join(locks(stack), file), "utf8")) as { pid: number }).pid;
  }

  it("two deployments of one stack: one is told who has it, and comes through when it tries again", async () => {
    const { program, release, begun } = waiting();
    const first = up(fleet(), "tenant.a.x", { program });
    await begun;
    const pid = lockHolder("tenant.a.x");
    const { outcome } = await up(fleet(), "tenant.a.x", { program: nothing });
    assert.ok(outcome.status === "failed");
    assert.equal(outcome.failure.kind, "locked", outcome.message);
    assert.deepEqual(
      outcome.failure.locks.map((lock) => [lock.pid, lock.holder]),
      [[pid, "alive"]],
    );
    const again = up(fleet({ retries: { retries: 20, pause: 200, longestPause: 1000 } }), "tenant.a.x", {
      program: nothing,
    });
    await sleep(500);
    release();
    assert.equal((await first).outcome.status, "done");
    const second = (await again).outcome;
    assert.equal(kindOf(second), "done");
  });

  it("an engine that was killed: the next deployment finds the lock of a dead process, and goes on", async () => {
    const { program, release, begun } = waiting();
    const killed = up(fleet(), "tenant.a.x", { program });
    await begun;
    process.kill(lockHolder("tenant.a.x"), "SIGKILL");
    assert.equal(kindOf((await killed).outcome), "interrupted");
    release();
    assert.equal(locksOf("tenant.a.x").length, 1);
    const cold = await up(fleet(), "tenant.a.x", { program: nothing });
    assert.equal(kindOf(cold.outcome), "stale-lock");
    const { outcome, events } = await up(fleet({ retries: { pause: 0 } }), "tenant.a.x", { program: nothing });
    assert.equal(kindOf(outcome), "done");
    assert.ok(events.some(({ type }) => type === "recovered"));
    assert.deepEqual(locksOf("tenant.a.x"), []);
  });

  it("an own engine that is killed: the operation recovers and comes to its end", async () => {
    let calls = 0;
    const first = waiting();
    const program = () => (calls++ === 0 ? first.program() : nothing());
    const running = up(fleet({ retries: { retries: 3, pause: 0 } }), "tenant.a.y", { program });
    await first.begun;
    process.kill(lockHolder("tenant.a.y"), "SIGKILL");
    const { outcome } = await running;
    assert.equal(kindOf(outcome), "done", outcome.status === "failed" ? outcome.message : "");
    first.release();
  });

  it("an interruption by the caller: the engine ends by itself and leaves no lock", async () => {
    const { program, release, begun } = waiting();
    const stop = new AbortController();
    const running = up(fleet(), "tenant.a.x", { program, signal: stop.signal });
    await begun;
    stop.abort();
    assert.equal(kindOf((await running).outcome), "cancelled");
    release();
    assert.equal(kindOf((await up(fleet(), "tenant.a.x", { program: nothing })).outcome), "done");
  });

  it("settings that a program refuses, and a program that throws", async () => {
    const problem = { where: "tenant.tier", given: "gold", rule: "must be known", fix: "correct it" };
    const refusing = () => Promise.reject(presentable(new InvalidInput("tenant settings", [problem])) as Error);
    assert.equal(kindOf((await up(fleet(), "tenant.a.x", { program: refusing })).outcome), "settings");
    const throwing = () => Promise.reject(new TypeError("x is not a function"));
    assert.equal(kindOf((await up(fleet(), "tenant.a.x", { program: throwing })).outcome), "program");
  });

  it("a wrong passphrase", async () => {
    // decrypted when the state or the settings hold a secret
    const secret = () => Promise.resolve({ key: pulumi.secret("plain text") });
    assert.equal(kindOf((await up(fleet(), "tenant.a.y", { program: secret })).outcome), "done");
    const { outcome } = await up(fleet({ passphraseFile: at("wrong") }), "tenant.a.y", { program: secret });
    assert.equal(kindOf(outcome), "settings", outcome.status === "failed" ? outcome.message : "");
    const { key } = await fleet().engine.outputs("tenant.a.y");
    assert.deepEqual(key, { value: "plain text", secret: true });
  });

  const state = (stack: string) => path.join(at("state"), ".pulumi", "stacks", "firmament", `${stack}.json`);
  const damages: readonly (readonly [string, FailureKind, (text: string) => string])[] = [
    ["cut off in the middle", "state-integrity", (text) => text.slice(0, text.length / 2)],
    ["of a newer engine", "engine-version", (text) => text.replace(/"version": ?3/, '"version":99')],
  ];
  for (const [what, kind, damage] of damages) {
    it(`a state ${what}: nothing of it is touched`, async () => {
      await up(fleet(), "tenant.a.x", { program: nothing });
      const good = fs.readFileSync(state("tenant.a.x"), "utf8");
      const bad = damage(good);
      assert.notEqual(bad, good);
      fs.writeFileSync(state("tenant.a.x"), bad);
      try {
        const { outcome } = await up(fleet(), "tenant.a.x", { program: nothing });
        assert.equal(kindOf(outcome), kind, outcome.status === "failed" ? outcome.message : "");
        assert.equal(fs.readFileSync(state("tenant.a.x"), "utf8"), bad);
        assert.equal(kindOf((await up(fleet(), "tenant.a.y", { program: nothing })).outcome), "done");
      } finally {
        fs.writeFileSync(state("tenant.a.x"), good);
      }
      assert.equal(kindOf((await up(fleet(), "tenant.a.x", { program: nothing })).outcome), "done");
    });
  }

  it("an error that nobody waits for fails its own program, and not those beside it", async () => {
    const other = waiting();
    const good = up(fleet({ retries: { retries: 1, pause: 0 } }), "tenant.a.x", { program: other.program });
    await other.begun;
    const stray = async () => {
      void Promise.reject(new Error("boom"));
      await sleep(300);
      return { done: true };
    };
    const bad = await up(fleet({ retries: { retries: 1, pause: 0 } }), "tenant.a.y", { program: stray });
    other.release();
    assert.equal(kindOf(bad.outcome), "program");
    const { outcome, events } = await good;
    assert.equal(kindOf(outcome), "done", outcome.status === "failed" ? outcome.message : "");
    assert.ok(
      events.some(({ type }) => type === "retry"),
      "it was not disturbed at all",
    );
  });

  it("programs of one process, at the same time: each stack gets its own outputs", async () => {
    const of = fleet({ concurrency: 3 });
    const program = () => Promise.resolve({ stack: pulumi.getStack() });
    const { ok } = await of.up({ clouds: ["a"] }, { program }).result;
    assert.equal(ok, true);
    const outputs = await Promise.all(STACKS.map((stack) => of.engine.outputs(stack)));
    assert.deepEqual(
      outputs.map(({ stack }) => stack?.value as unknown),
      STACKS,
    );
  });
});
