import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { resolve } from "./resolve";
import { builds, fakeGo, go, goModule, machine, program, remove, tiny, type Machine } from "./toolchain.fixture";

describe("a tool that is installed", () => {
  let here: Machine;
  beforeEach(() => {
    here = machine();
    fakeGo(here.bin);
    goModule(here.root, "tiny", "hello");
  });
  afterEach(() => remove(here));

  const tool = tiny({ installed: { ask: ["--version"], range: ">=2.0.0 <3" } });

  it("is used when its version fits, and nothing is built", async () => {
    const file = program(here.bin, "tool", "tool version v2.1.0 (go1.26)");
    const found = await resolve(["tool"], { go, tool }, here.root, here.options);
    assert.deepEqual(found.get("tool"), { name: "tool", source: "path", path: file, version: "2.1.0" });
    assert.deepEqual(builds(here), []);
    assert.equal(fs.existsSync(here.cache), false);
  });

  for (const [prints, what] of [
    ["tool 1.9.9", "is 1.9.9"],
    ["tool 3.0.0", "is 3.0.0"],
    ["no idea", "prints no version"],
  ] as const) {
    it(`is not used when it ${what}, and that is said`, async () => {
      const file = program(here.bin, "tool", prints);
      const found = await resolve(["tool"], { go, tool }, here.root, here.options);
      assert.equal(found.get("tool")?.source, "build");
      assert.ok(here.said.includes(`${file} ${what}, wanted is >=2.0.0 <3: not used`), here.said.join("\n"));
    });
  }

  it("may be a later one on PATH", async () => {
    program(here.bin, "tool", "1.0.0");
    const file = program(path.join(here.root, "opt"), "tool", "2.0.0");
    const env = { ...here.env, PATH: `${here.env["PATH"]}:${path.dirname(file)}` };
    const found = await resolve(["tool"], { go, tool }, here.root, { ...here.options, env });
    assert.equal(found.get("tool")?.path, file);
  });

  it("is not looked for in relative entries of PATH", async () => {
    program(here.bin, "tool", "2.0.0");
    const env = { ...here.env, PATH: `${path.relative(process.cwd(), here.bin)}:/usr/bin:/bin` };
    const options = { ...here.options, env };
    await assert.rejects(resolve(["tool"], { go: { version: "1.26.8" }, tool }, here.root, options), /go: not found/);
  });

  it("has the version of the one beside it when it prints none", async () => {
    const host = tiny({ installed: { ask: ["version"], range: ">=2.0.0", beside: "tool" } });
    program(here.bin, "host", "usage: host ENGINE");
    program(here.bin, "tool", "v2.3.4");
    const found = await resolve(["host"], { go, tool, host }, here.root, here.options);
    assert.equal(found.get("host")?.version, "2.3.4");
    fs.rmSync(path.join(here.bin, "tool"));
    const alone = await resolve(["host"], { go, tool, host }, here.root, here.options);
    assert.equal(alone.get("host")?.source, "build");
  });

  it("may be a plugin of the user's Pulumi, of that very version and complete", async () => {
    const plugin = tiny({ plugin: "resource-tiny" });
    const folder = path.join(here.root, "home", ".pulumi", "plugins", "resource-tiny-v1.0.0");
    const file = program(folder, "pulumi-resource-tiny", "");
    const names = ["pulumi-resource-tiny"] as const;
    const table = { go, "pulumi-resource-tiny": plugin };
    const complete = await resolve(names, table, here.root, here.options);
    assert.equal(complete.get("pulumi-resource-tiny")?.path, file);
    fs.writeFileSync(`${folder}.partial`, "");
    const partial = await resolve(names, table, here.root, here.options);
    assert.equal(partial.get("pulumi-resource-tiny")?.source, "build");
  });
});
