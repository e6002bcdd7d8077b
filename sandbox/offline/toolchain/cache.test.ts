import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cachedArtifact } from "./cache";
import { lock, tryLock } from "./file-lock";
import { moduleHash } from "./sources";
import { goModule, machine, remove, type Machine } from "./toolchain.fixture";

describe("a cached artifact", () => {
  let here: Machine;
  beforeEach(() => (here = machine()));
  afterEach(() => remove(here));
  const key = { name: "charts", version: "1", inputs: ["a"] };

  it("is made once, and again for other inputs", async () => {
    let made = 0;
    const make = async (directory: string) => fs.writeFileSync(path.join(directory, "file"), String(++made));
    const first = await cachedArtifact(key, here.options, make);
    assert.equal(await cachedArtifact(key, here.options, make), first);
    const other = await cachedArtifact({ ...key, inputs: ["a", "b"] }, here.options, make);
    assert.notEqual(other, first);
    assert.deepEqual(
      [first, other].map((folder) => fs.readFileSync(path.join(folder, "file"), "utf8")),
      ["1", "2"],
    );
  });

  it("is made once by callers of one process that come together", async () => {
    let made = 0;
    const make = async () => {
      made++;
      await sleep(300);
    };
    const all = await Promise.all([1, 2, 3].map(() => cachedArtifact(key, here.options, make)));
    assert.deepEqual([made, new Set(all).size], [1, 1]);
  });

  it("is not there when making it fails, and can be made then", async () => {
    const fails = cachedArtifact(key, here.options, async (directory) => {
      fs.writeFileSync(path.join(directory, "half"), "");
      throw new Error("broke");
    });
    await assert.rejects(fails, /broke/);
    const whole = await cachedArtifact(key, here.options, async (directory) =>
      fs.writeFileSync(path.join(directory, "whole"), ""),
    );
    assert.deepEqual(fs.readdirSync(whole), ["whole"]);
    assert.deepEqual(here.said, ["make charts 1: failed", "make charts 1: done"]);
  });

  it("is removed with the next one of its name when it was not used for months", async () => {
    const old = await cachedArtifact(key, here.options, async () => undefined);
    fs.utimesSync(old, new Date(0), new Date(0));
    const other = await cachedArtifact({ ...key, version: "2" }, here.options, async () => undefined);
    assert.deepEqual(
      [old, other].map((folder) => fs.existsSync(folder)),
      [false, true],
    );
  });
});

describe("a lock between processes", () => {
  let here: Machine;
  let file: string;
  beforeEach(() => {
    here = machine();
    file = path.join(here.root, "lock");
  });
  afterEach(() => remove(here));

  it("is had by one at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      const release = await lock(file);
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
      await release();
    };
    await Promise.all([1, 2, 3, 4].map(work));
    assert.equal(most, 1);
    assert.deepEqual(fs.readdirSync(here.root), ["bin"]);
  });

  it("of a process that is gone, or whose number another one has now, is taken over at once", async () => {
    const { hostname } = await import("node:os");
    for (const owner of [
      { pid: 2 ** 30, started: "1" },
      { pid: process.pid, started: "of another time" },
    ]) {
      fs.writeFileSync(file, JSON.stringify({ ...owner, host: hostname(), nonce: "dead" }));
      const release = await tryLock(file);
      assert.ok(typeof release === "function");
      await release();
      assert.equal(fs.existsSync(file), false);
    }
  });

  it("of another machine holds while it is kept fresh", async () => {
    fs.writeFileSync(file, JSON.stringify({ pid: 1, started: "1", host: "elsewhere", nonce: "other" }));
    assert.equal(typeof (await tryLock(file)), "object");
    fs.utimesSync(file, new Date(0), new Date(0));
    assert.equal(typeof (await tryLock(file)), "function");
  });
});

describe("the hash of a Go module", () => {
  let here: Machine;
  beforeEach(() => {
    here = machine();
    goModule(here.root, "tiny", "hello");
    goModule(here.root, "shared", "shared");
    fs.appendFileSync(path.join(here.root, "tiny", "go.mod"), "\nreplace firmament.example/shared => ../shared\n");
  });
  afterEach(() => remove(here));
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(here.root, name)), { recursive: true });
    fs.writeFileSync(path.join(here.root, name), text);
  };

  for (const [name, matters] of [
    ["tiny/main.go", true],
    ["tiny/go.sum", true],
    ["tiny/embedded/data.txt", true],
    ["shared/main.go", true],
    ["tiny/main_test.go", false],
    ["tiny/testdata/x", false],
    ["tiny/.idea/x", false],
  ] as const) {
    it(`${matters ? "changes" : "stays"} with ${name}`, async () => {
      const directory = path.join(here.root, "tiny");
      const before = await moduleHash(directory);
      write(name, "changed");
      assert.equal((await moduleHash(directory)) !== before, matters);
    });
  }
});
