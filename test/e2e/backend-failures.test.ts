import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type { FleetCall, FleetOptions } from "../../automation/fleet/fleet";
import { EnginePlace } from "../../bench/engine-place";
import { deployHere, kindOf, messageOf, States } from "./deployments";
import { temporaryName } from "./support";

const [STACK, OTHER] = ["tenant.a.x", "tenant.a.y"] as const;

/** KiB of the backend's file system. */
const SIZE = 2048;

/** How the real engine fails on a backend that takes nothing, and what is left of that. */
describe("a backend that cannot be written, and an engine that does not fit", () => {
  const directory = temporaryName("firmament-backend-");
  const state = path.join(directory, "state");
  const states = new States(state);
  let place: EnginePlace;
  let mounted = false;

  before(async () => {
    place = await EnginePlace.make(directory);
    mounted = mount("-t", "tmpfs", "-o", `size=${SIZE}k`, "tmpfs", state);
    for (const stack of [STACK, OTHER]) {
      place.writeStack(stack);
      const { outcome } = await up(stack);
      assert.equal(kindOf(outcome), "done", messageOf(outcome));
    }
  });
  after(() => {
    if (mounted) spawnSync("umount", [state]);
    fs.rmSync(directory, { recursive: true, force: true });
  });
  afterEach(() => assert.deepEqual(fs.readdirSync(place.temporary), [], "an operation left temporary files"));

  const mount = (...args: readonly string[]) => spawnSync("mount", args).status === 0;
  const digest = (file: string) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");

  function up(stack: string, call: FleetCall = {}, options: Partial<FleetOptions> = {}) {
    const program = () => Promise.resolve({ done: true });
    return deployHere({ ...place.options(), ...options }, stack, { program, ...call });
  }
  /** The next run brings it to its end, and the other stack was not touched. */
  async function recovers(other: string, look: string): Promise<void> {
    assert.equal(digest(place.state(OTHER)), other);
    const { outcome: looked } = await up(STACK);
    assert.equal(kindOf(looked), look, messageOf(looked));
    // nobody can tell from here whose it is: people say so
    if (look === "locked") await place.fleet().recover(STACK);
    const { outcome } = await up(STACK, {}, { retries: { retries: 3, pause: 0 } });
    assert.equal(kindOf(outcome), "done", messageOf(outcome));
    assert.equal(states.lock(STACK), "none");
    assert.deepEqual(states.read(STACK).pending_operations ?? [], []);
  }
  function withFileSystem(test: Mocha.Context): void {
    if (mounted) return;
    process.stderr.write("    not shown here: no file system can be mounted\n");
    test.skip();
  }

  it("full from the beginning: nothing is changed, and it goes on when there is room", async function () {
    withFileSystem(this);
    const [own, other] = [digest(place.state(STACK)), digest(place.state(OTHER))];
    const filler = path.join(state, "filler");
    fill(filler, 0);
    try {
      const { outcome } = await up(STACK);
      assert.equal(kindOf(outcome), "backend", messageOf(outcome));
      assert.equal(digest(place.state(STACK)), own);
    } finally {
      fs.rmSync(filler);
    }
    await recovers(other, "locked");
  });

  it("full in the middle: the state before is kept beside the one that was cut off", async function () {
    withFileSystem(this);
    const other = digest(place.state(OTHER));
    const filler = path.join(state, "filler");
    const program = () => {
      fill(filler, 64);
      return Promise.resolve({ large: "x".repeat(400_000) });
    };
    try {
      const { outcome } = await up(STACK, { program });
      assert.equal(kindOf(outcome), "backend", messageOf(outcome));
    } finally {
      fs.rmSync(filler, { force: true });
    }
    // the engine (3.274, run) writes as much of it as there is room for over the good one
    const { outcome } = await up(STACK);
    assert.equal(kindOf(outcome), "state-integrity", messageOf(outcome));
    assert.match(messageOf(outcome), /keeps `tenant\.a\.x\.json\.bak`/);
    fs.copyFileSync(`${place.state(STACK)}.bak`, place.state(STACK));
    assert.ok((states.read(STACK).resources ?? []).length > 0);
    await recovers(other, "done");
  });

  it("that becomes read-only in the middle: the lock that stays is one of a dead process", async function () {
    withFileSystem(this);
    const other = digest(place.state(OTHER));
    const program = () => {
      assert.ok(mount("-o", "remount,ro", state));
      return Promise.resolve({ done: "late" });
    };
    try {
      const { outcome } = await up(STACK, { program });
      assert.equal(kindOf(outcome), "backend", messageOf(outcome));
      const second = await up(STACK);
      assert.ok(["backend", "stale-lock"].includes(kindOf(second.outcome)), messageOf(second.outcome));
    } finally {
      assert.ok(mount("-o", "remount,rw", state));
    }
    assert.equal(states.lock(STACK), "dead");
    await recovers(other, "stale-lock");
  });

  it("an engine that is too old is not begun with", async () => {
    const old = path.join(directory, "old");
    fs.mkdirSync(path.join(old, "bin"), { recursive: true });
    fs.writeFileSync(path.join(old, "bin", "pulumi"), "#!/bin/sh\necho v3.100.0\n", { mode: 0o755 });
    const own = digest(place.state(STACK));
    const { outcome } = await up(STACK, {}, { pulumiRoot: old });
    assert.equal(kindOf(outcome), "engine-version", messageOf(outcome));
    assert.match(messageOf(outcome), /v3\.100\.0/);
    assert.equal(digest(place.state(STACK)), own);
  });

  it("a plugin that is not there is named, and those beside it are deployed", async () => {
    const missing = () => {
      new k8s.Provider("management", { kubeconfig: "{}" });
      return Promise.resolve({});
    };
    const [bad, good] = await Promise.all([up(STACK, { program: missing }), up(OTHER)]);
    assert.equal(kindOf(bad.outcome), "engine-version", messageOf(bad.outcome));
    assert.equal(kindOf(good.outcome), "done", messageOf(good.outcome));
    await recovers(digest(place.state(OTHER)), "done");
  });

  /** Leaves so many KiB free. */
  function fill(file: string, free: number): void {
    const { bavail, bsize } = fs.statfsSync(state);
    fs.writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - free * 1024)));
  }
});
