import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { sandboxEngine } from "../../sandbox/engine";
import { layout } from "../../sandbox/layout";
import { resolveTools, silentProgress } from "../../sandbox/offline/toolchain";
import { ROOT, temporaryName, TestSandbox } from "./support";

type Settings = Record<string, Record<string, unknown>>;

/** What the real engine says of wrong stack files, and what it has done by then: nothing. */
describe("a stack that cannot be deployed", () => {
  const directory = temporaryName("firmament-refusals-");
  const place = layout(ROOT, directory);
  const engine = sandboxEngine(place);

  before(async () => {
    fs.mkdirSync(directory, { mode: 0o700 });
    const tools = await resolveTools(["pulumi", "pulumi-language-nodejs"], { progress: silentProgress });
    for (const folder of [place.workspace, place.backend, place.bin, place.logs]) fs.mkdirSync(folder);
    fs.writeFileSync(place.passphrase, "test");
    for (const { name, path: file } of tools.values()) fs.symlinkSync(file, path.join(place.bin, name));
    const main = path.join(ROOT, "dist", "stacks", "index.js");
    const project = parse(fs.readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")) as Settings;
    fs.writeFileSync(path.join(place.workspace, "Pulumi.yaml"), stringify({ ...project, main, stackConfigDir: "." }));
  });
  after(() => fs.rmSync(directory, { recursive: true, force: true }));

  /** Deploys a stack whose file is the sandbox's, changed; returns what went wrong. */
  async function refused(stack: string, from: string, change: (config: Settings) => void): Promise<string> {
    const source = path.join(ROOT, "stacks", "config", `Pulumi.${from}.yaml`);
    const { config } = parse(fs.readFileSync(source, "utf8")) as { config: Settings };
    change(config);
    fs.writeFileSync(path.join(place.workspace, `Pulumi.${stack}.yaml`), stringify({ config }));
    await engine.create([stack]);
    const error = await engine.up(stack).then(
      () => assert.fail("it was deployed"),
      (failed: Error) => failed,
    );
    const state = JSON.parse(await engine.exportState(stack)) as { deployment: { resources?: { type: string }[] } };
    const touched = (state.deployment.resources ?? []).map(({ type }) => type);
    const bookkeeping = ["pulumi:pulumi:Stack", "pulumi:pulumi:StackReference", "pulumi:providers:pulumi"];
    assert.deepEqual(
      touched.filter((type) => !bookkeeping.includes(type)),
      [],
    );
    return error.message;
  }
  const section = (config: Settings, layer: string) => config[`firmament:${layer}`] as Settings;

  it("for an unknown key names it", async () => {
    const said = await refused("base.keys", "base.sandbox", (config) => {
      section(config, "base")["podCIDR"] = {};
    });
    assert.match(said, /base\.podCIDR: unknown key — .*; remove it or correct its spelling/);
  });

  it("for contradicting settings names all of them", async () => {
    const said = await refused("base.machines", "base.sandbox", (config) => {
      const machines = section(config, "base")["machines"] as Settings;
      machines["worker-1"] = { ...machines["worker-1"], address: "192.0.2.11" };
      machines["cp-4"] = { role: "controlplane", address: "192.0.2.14" };
      section(config, "base")["kubernetesVersion"] = "v1.20.0" as never;
      (section(config, "base")["network"] as Record<string, unknown>)["podCidrs"] = ["10.96.0.0/12"];
    });
    assert.match(said, /worker-1\.address: 192\.0\.2\.11 — must be the machine's own; cp-1 has it/);
    assert.match(said, /4 control planes — must be an odd number/);
    assert.match(said, /v1\.20\.0 — must be v1\.32 to v1\.36/);
    assert.match(said, /must not overlap/);
  });

  it("because its name and layer disagree names both", async () => {
    const said = await refused("platform.mistaken", "base.sandbox", () => undefined);
    assert.match(said, /firmament:layer: base — must agree with the stack's name, which says platform/);
  });

  it("because the platform is missing names the command that makes it", async () => {
    const said = await refused("tenant.early.acme", "tenant.sandbox.acme", () => undefined);
    assert.match(said, /run `pulumi up --stack platform\.early` first/);
  });

  it("because the base is missing names the command that makes it", async () => {
    const said = await refused("platform.early", "platform.sandbox", () => undefined);
    assert.match(said, /run `pulumi up --stack base\.early` first/);
  });
});

describe("a sandbox that cannot start", () => {
  const sandbox = TestSandbox.create();
  after(() => sandbox.destroy());

  it("for want of ports says which range is used up", async () => {
    const { code, stderr, stdout } = await sandbox.run(["start", "--json", "--ports", "21000-21002"]);
    assert.equal(code, 1);
    assert.match(stderr, /ports 21000-21002: none free for .* — .*; /);
    assert.equal((JSON.parse(stdout) as { ok: boolean }).ok, false);
  });
});
