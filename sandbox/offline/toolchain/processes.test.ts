import * as assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTime } from "./process-identity";
import { resolve } from "./resolve";
import { artifactsIn, builds, fakeGo, go, goModule, machine, remove, tiny, type Machine } from "./toolchain.fixture";

/** A program that resolves one tool and prints where it is. */
const PROGRAM = `
  const { resolve } = require(process.argv[1] + "/resolve.js");
  const { terminalProgress } = require(process.argv[1] + "/progress.js");
  const { table, root, cacheDir } = JSON.parse(process.argv[2]);
  resolve(["tool"], table, root, { cacheDir, progress: terminalProgress(), releases: { enabled: false } })
    .then((found) => console.log(found.get("tool").path), (error) => console.error(error.message));
`;
const TOOLCHAIN = __dirname;

describe("several processes that want one tool", () => {
  let here: Machine;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    here = machine();
    goModule(here.root, "tiny", "hello");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
    remove(here);
  });

  const table = { go, tool: tiny() };
  const get = () => resolve(["tool"], table, here.root, here.options);
  const start = (prelude = "") => {
    const task = JSON.stringify({ table, root: here.root, cacheDir: here.cache });
    const child = spawn(process.execPath, ["-e", prelude + PROGRAM, TOOLCHAIN, task], { env: here.env });
    children.push(child);
    const output = { out: "", err: "" };
    child.stdout.on("data", (text: Buffer) => (output.out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output.err += text.toString()));
    return { child, output, ended: once(child, "close") as Promise<[number | null, NodeJS.Signals | null]> };
  };
  const building = async (): Promise<number> => {
    for (let waited = 0; waited < 10_000; waited += 50) {
      const pid = /pid=(\d+)/.exec(builds(here).at(-1) ?? "")?.[1];
      if (pid !== undefined) return Number(pid);
      await sleep(50);
    }
    throw new Error("no build has started");
  };
  const gone = async (pid: number): Promise<boolean> => {
    for (let waited = 0; waited < 3_000 && startTime(pid) !== undefined; waited += 50) await sleep(50);
    return startTime(pid) === undefined;
  };

  it("build it once, and those who wait say so", async () => {
    fakeGo(here.bin, { seconds: 1 });
    const all = [start(), start(), start()];
    for (const { ended, output } of all) assert.deepEqual(await ended, [0, null], output.err);
    assert.equal(builds(here).length, 1);
    assert.equal(new Set(all.map(({ output }) => output.out)).size, 1);
    const waited = all.filter(({ output }) => /is at it already, waiting for it/.test(output.err));
    assert.equal(waited.length, 2, all.map(({ output }) => output.err).join("---\n"));
  });

  it("find nothing half-made when one was killed, and end what it has left running", async () => {
    fakeGo(here.bin, { seconds: 60 });
    const { child, ended } = start();
    const compiler = await building();
    child.kill("SIGKILL");
    await ended;
    assert.deepEqual(artifactsIn(here.cache), []);
    assert.notEqual(startTime(compiler), undefined);
    fakeGo(here.bin);
    // a dead owner of the lock must not be waited for: its build would outlast this test
    const found = await get();
    assert.equal(found.get("tool")?.source, "build");
    assert.ok(await gone(compiler));
    assert.deepEqual(fs.readdirSync(path.join(here.cache, "tmp")), []);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`end their compilers at ${signal}`, async () => {
      fakeGo(here.bin, { seconds: 60 });
      const { child, ended } = start();
      const compiler = await building();
      child.kill(signal);
      assert.deepEqual(await ended, [null, signal]);
      assert.ok(await gone(compiler));
      assert.deepEqual(artifactsIn(here.cache), []);
    });
  }

  it("leave what a signal means to a program that has a plan of its own, and end their compilers all the same", async () => {
    fakeGo(here.bin, { seconds: 60 });
    const plan = `process.once("SIGINT", () => setTimeout(() => process.exit(9), 300));`;
    const { child, ended } = start(plan);
    const compiler = await building();
    child.kill("SIGINT");
    assert.ok(await gone(compiler));
    assert.deepEqual(await ended, [9, null]);
  });

  it("can be stopped", async () => {
    fakeGo(here.bin, { seconds: 60 });
    const stop = new AbortController();
    const result = resolve(["tool"], table, here.root, { ...here.options, signal: stop.signal });
    const compiler = await building();
    stop.abort(new Error("enough"));
    await assert.rejects(result, /enough/);
    assert.ok(await gone(compiler));
    assert.deepEqual(fs.readdirSync(path.join(here.cache, "tmp")), []);
  });
});
