import * as assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { resolve } from "./resolve";
import { artifactsIn, builds, fakeGo, go, goModule, machine, remove, tiny, type Machine } from "./toolchain.fixture";

const realGo = spawnSync("go", ["env", "GOROOT", "GOCACHE"], { encoding: "utf8" });

describe("a tool that is built", () => {
  let here: Machine;
  beforeEach(() => {
    here = machine();
    goModule(here.root, "tiny", "hello");
  });
  afterEach(() => remove(here));
  const get = (options = here.options, tool = tiny()) => resolve(["tool"], { go, tool }, here.root, options);

  it("comes from its module with the real compiler, and again when its source changes", async function () {
    if (realGo.status !== 0) this.skip();
    const [goRoot = "", goCache = ""] = realGo.stdout.split("\n");
    fs.symlinkSync(path.join(goRoot, "bin", "go"), path.join(here.bin, "go"));
    const options = { ...here.options, env: { ...here.env, GOCACHE: goCache, GOOS: "plan9", GOFLAGS: "-mod=vendor" } };
    const print = (file = "") => spawnSync(file, { encoding: "utf8" }).stderr;
    const first = (await get(options)).get("tool");
    assert.equal(first?.source, "build");
    assert.equal(print(first?.path), "hello\n");
    goModule(here.root, "tiny", "changed");
    assert.equal(print((await get(options)).get("tool")?.path), "changed\n");
    goModule(here.root, "tiny", "hello");
    assert.deepEqual((await get(options)).get("tool"), { ...first, source: "cache" });
  }).timeout(120_000);

  it("is taken from the cache without Go", async () => {
    fakeGo(here.bin);
    const first = (await get()).get("tool");
    fs.rmSync(path.join(here.bin, "go"));
    assert.deepEqual((await get()).get("tool"), { ...first, source: "cache" });
    assert.equal(execFileSync(first?.path ?? "").toString(), "built\n");
  });

  it("is built again when its flags change", async () => {
    fakeGo(here.bin);
    await get();
    await get(here.options, tiny({ build: { ...tiny().build!, stamps: { "main.version": "2" } } }));
    assert.equal(builds(here).length, 2);
    assert.match(builds(here)[1] ?? "", /-trimpath -buildvcs=false -ldflags -s -w -X main.version=2 -o/);
  });

  it("is built again when its sources were changed meanwhile, and kept for what it was built from", async () => {
    fakeGo(here.bin, { first: "echo '// edited' >> main.go" });
    const first = (await get()).get("tool");
    assert.equal(builds(here).length, 2);
    assert.equal(artifactsIn(here.cache).length, 1);
    assert.deepEqual((await get()).get("tool"), { ...first, source: "cache" });
    goModule(here.root, "tiny", "hello");
    assert.equal((await get()).get("tool")?.source, "build");
  });

  it("does not depend on the user's settings for Go", async () => {
    fakeGo(here.bin);
    const mine = { GOFLAGS: "-race", GOOS: "plan9", CGO_ENABLED: "1", GOROOT: "/nowhere" };
    await get({ ...here.options, env: { ...here.env, ...mine } });
    assert.match(
      builds(here)[0] ?? "",
      new RegExp(`flags=-mod=readonly os=${process.platform} cgo=0 toolchain= root= `),
    );
  });

  it("needs Go, and says for what and how to get it", async () => {
    const options = { ...here.options, env: { ...here.env, PATH: here.bin } };
    await assert.rejects(get(options), {
      name: "InvalidInput",
      message:
        /^ {2}go: not found — needed to build tool; install Go 1\.26 or newer \(https:\/\/go\.dev\/doc\/install\)/m,
    });
  });

  it("is built by an older Go that fetches a newer one, and that is said", async () => {
    const file = fakeGo(here.bin, { version: "1.22.1" });
    const options = { ...here.options, env: { ...here.env, PATH: `${here.bin}:/bin` } };
    await get(options);
    assert.match(builds(here)[0] ?? "", /toolchain=go1\.26\.8/);
    assert.ok(here.said.some((line) => line.startsWith(`go 1.22.1 (${file}) is too old: it fetches go 1.26.8`)));
  });

  for (const [version, extra] of [
    ["1.22.1", { GOTOOLCHAIN: "local" }],
    ["1.19.0", {}],
  ] as const) {
    it(`is not built by Go ${version} with ${JSON.stringify(extra)}`, async () => {
      fakeGo(here.bin, { version });
      const options = { ...here.options, env: { ...here.env, PATH: `${here.bin}:/bin`, ...extra } };
      await assert.rejects(
        get(options),
        new RegExp(`go: too old \\(.*/bin/go is ${version}\\) — needed to build tool;`),
      );
    });
  }

  it("shows what the compiler says when it fails, and keeps nothing", async () => {
    fakeGo(here.bin, { fails: "main.go:3: undefined: x" });
    await assert.rejects(get(), /main\.go:3: undefined: x/);
    assert.deepEqual(artifactsIn(here.cache), []);
    assert.deepEqual(fs.readdirSync(path.join(here.cache, "tmp")), []);
  });

  it("that fails on a full disk says what to do", async () => {
    fakeGo(here.bin, { fails: "write: no space left on device" });
    await assert.rejects(get(), /free some disk space, or move the caches/);
  });

  it("that cannot fit on the disk is refused before anything is built", async () => {
    fakeGo(here.bin);
    const huge = tiny({ build: { ...tiny().build!, megabytes: 1e9 } });
    await assert.rejects(get(here.options, huge), /MB free — building tool needs about 4000000000 MB/);
    assert.deepEqual(builds(here), []);
  });

  it("is announced with an estimate for all", async () => {
    fakeGo(here.bin);
    const other = tiny({ version: "2.0.0" });
    await resolve(["tool", "other"], { go, tool: tiny(), other }, here.root, here.options);
    assert.match(here.said[0] ?? "", /^2 tools to build once, about \d+ s on \d+ cores? \(kept in .*cache\)$/);
  });

  it("that has no module and no release is refused with every name", async () => {
    const absent = tiny({ build: { ...tiny().build!, module: "absent" } });
    await assert.rejects(
      resolve(["a", "b"], { a: absent, b: absent }, here.root, here.options),
      /a: not found — .*\n.*b: not found — 1\.0\.0 is needed/,
    );
  });
});
