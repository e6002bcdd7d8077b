import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
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
