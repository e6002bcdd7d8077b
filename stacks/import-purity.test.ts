import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { run as deployBase } from "./base";
import type { Program } from "./program";
import { parseStackName } from "./stack-name";
import { run as deployTenant } from "./tenant";
import { registrations, type Registration, type World } from "../test/support/registrations";
import { world } from "../components/tenant/tenant.fixture";
import { PACKAGE_ROOT } from "../components/core/package-root";

const DIST = path.join(PACKAGE_ROOT, "dist");
const ROOT = PACKAGE_ROOT;
const PARTS = ["stacks", "components"];

/** All but commands, which are run and never imported. */
function modules(): string[] {
  return PARTS.flatMap((part) =>
    fs
      .readdirSync(path.join(DIST, part), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js") && !/(-cli|\.test|\.fixture)\.js$/.test(file))
      .map((file) => path.join(DIST, part, file)),
  ).sort();
}

/** Loads every module in a process without an engine, and says what that did beside defining things. */
const LOADER = `
const caller = () => new Error().stack.split("\\n").slice(1).find((line) => !/\\[eval\\]|node:/.test(line));
const isOurs = (line) => line !== undefined && /\\/dist\\/(stacks|components)\\//.test(line);
const effects = [];
const env = process.env;
const note = (what) => { const line = caller(); if (isOurs(line)) effects.push(what + " " + line.trim()); };
process.env = new Proxy(env, {
  get: (target, key) => { note("reads env " + String(key)); return target[key]; },
  set: (target, key, value) => { note("writes env " + String(key)); target[key] = value; return true; },
});
const cwd = process.cwd;
process.cwd = () => { note("reads cwd"); return cwd.call(process); };
const pulumi = require("@pulumi/pulumi");
const Config = pulumi.Config;
Object.defineProperty(pulumi, "Config", { value: class extends Config { constructor(...all) { super(...all); note("reads config"); } } });
const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)].join()).join(";");
const before = { env: JSON.stringify(env), cwd: cwd.call(process), listeners: listeners() };
const files = JSON.parse(process.argv[1]);
for (const file of files) {
  try { require(file); } catch (error) { effects.push(file + " throws " + error.message); }
}
if (JSON.stringify(env) !== before.env) effects.push("changes env");
if (cwd.call(process) !== before.cwd) effects.push("changes cwd");
if (listeners() !== before.listeners) effects.push("listens to the process: " + listeners());
process.stdout.write(JSON.stringify({ effects, loaded: files.length }));
`;

/** It also has to end by itself: an open handle would hold the process. */
function effectsOf(files: readonly string[]): unknown {
  const options = { cwd: ROOT, encoding: "utf8", timeout: 45_000 } as const;
  return JSON.parse(execFileSync(process.execPath, ["-e", LOADER, JSON.stringify(files)], options));
}

describe("importing the programs", function () {
  this.timeout(60_000);

  it("does nothing but define them, in a process without an engine", () => {
    const files = modules();
    assert.deepEqual(effectsOf(files), { effects: [], loaded: files.length });
  });

  it("would be caught reading the environment, the directory or settings, listening, or throwing", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
    try {
      const file = path.join(folder, "dist", "stacks", "guilty.js");
      fs.mkdirSync(path.dirname(file), { recursive: true });
      const pulumi = JSON.stringify(require.resolve("@pulumi/pulumi"));
      const acts = ["process.env.HOME", "process.env.X = 1", "process.cwd()", `new (require(${pulumi}).Config)("x")`];
      fs.writeFileSync(file, [...acts, 'process.on("exit", () => {})', 'throw new Error("guilty")'].join(";\n"));
      const { effects } = effectsOf([file]) as { effects: string[] };
      for (const what of [
        /reads env HOME/,
        /writes env X/,
        /reads cwd/,
        /reads config/,
        /guilty/,
        /changes env/,
        /listens/,
      ]) {
        assert.ok(
          effects.some((effect) => what.test(effect)),
          String(what),
        );
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

const qualified = (stack: string) => `organization/firmament/${stack}`;
const platform = {
  contract: "platform/1",
  cluster: "sandbox",
  networks: { pods: "10.244.0.0/16" },
  dataStore: "default",
  storageClass: "replicated",
  mirror: {},
  podNetwork: { chart: "cilium", version: "1.19.5", repository: "https://charts.example" },
  kubeconfig: "management",
};

/** Deploys a committed stack of the sandbox. */
async function deploy(name: string): Promise<readonly Registration[]> {
  const file = path.join(ROOT, "stacks", "config", `Pulumi.${name}.yaml`);
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const stack = parseStackName(name, config["firmament:layer"]);
  const settings = { layer: stack.layer, [stack.layer]: config[`firmament:${stack.layer}`] };
  const programs: Partial<Record<string, Program>> = { base: deployBase, tenant: deployTenant };
  const state: World["state"] = (type, ...rest) =>
    type.startsWith("talos:") ? { kubeconfigRaw: "management", clientConfiguration: {} } : world.state?.(type, ...rest);
  const where: World = {
    ...world,
    state,
    call: () => ({ talosConfig: "talos" }),
    stack: name,
    stacks: { [qualified("platform.sandbox")]: platform },
  };
  return registrations(() => programs[stack.layer]?.({ stack, settings, qualified, root: ROOT }), where);
}

/** In no particular order: that of independent resources is the scheduler's. */
const sorted = (made: readonly Registration[]) =>
  made.map((each) => JSON.stringify({ ...each, dependsOn: [...each.dependsOn].sort() })).sort();

describe("programs in one process", () => {
  const stacks = ["tenant.sandbox.acme", "tenant.sandbox.globex", "base.sandbox"];

  it("register beside each other what they register one after the other", async () => {
    const sequential: (readonly Registration[])[] = [];
    for (const stack of stacks) sequential.push(await deploy(stack));
    const concurrent = await Promise.all(stacks.map(deploy));
    assert.deepEqual(concurrent.map(sorted), sequential.map(sorted));
    for (const made of concurrent) assert.ok(made.length > 5);
  });

  it("do not see each other's failure", async () => {
    const broken = registrations(() => Promise.reject(new Error("boom from a neighbour")));
    const [good, bad] = await Promise.allSettled([deploy("tenant.sandbox.acme"), broken]);
    assert.equal(good.status, "fulfilled");
    assert.match(String(bad.status === "rejected" && bad.reason), /boom from a neighbour/);
  });
});
