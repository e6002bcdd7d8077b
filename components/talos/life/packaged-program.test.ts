import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../core/package-root";
import { fakeMachine, machineStatus } from "./fake-machine.fixture";
import { programs } from "./machine-programs";
import { packagedProgram } from "./packaged-program";

/** As the provider runs it: from the folder of the Pulumi program. */
function run(stdin: string, cwd: string, variables: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: number | null; out: string; message: string }>((resolve) => {
    const env = { ...process.env, ...variables };
    const child = execFile("node", ["-", "a label"], { cwd, env }, (_, out, message) =>
      resolve({ code: child.exitCode, out, message }),
    );
    child.stdin?.end(stdin);
  });
}

const PROGRAM = path.join(PACKAGE_ROOT, "dist", "stacks");

describe("a program of the package", () => {
  it("is what the package has, found from where Pulumi's program is", async () => {
    const machine = await fakeMachine("cp-1", () => [machineStatus(4)]);
    try {
      const { stdin, interpreter } = packagedProgram("settling");
      assert.deepEqual(interpreter, ["node", "-"]);
      const before = { PULUMI_COMMAND_STDOUT: "new", STATIC_POD_IMAGES: "", ...machine.variables };
      const ended = await run(stdin, PROGRAM, before);
      assert.deepEqual([ended.code, ended.out], [0, "runs its configuration\n"], ended.message);
    } finally {
      await machine.close();
    }
  });

  it("is not run where the package has another one, or where there is none", async () => {
    const { stdin } = packagedProgram("settling");
    const other = await run(stdin.replace(/"[0-9a-f]{64}"/, `"${"0".repeat(64)}"`), PROGRAM);
    assert.deepEqual([other.code, other.out], [1, ""]);
    assert.match(other.message, /^settling of firmament, from .*: has another text than the deployment — .*npm ci/);
    const none = await run(stdin, os.tmpdir());
    assert.equal(none.code, 1);
    assert.match(none.message, /: Cannot find module 'firmament\/machine-programs' — must be the program/);
  });

  it("is small beside what it stands for, and another for another text", () => {
    const [one, other] = [packagedProgram("settling").stdin, packagedProgram("preparation").stdin];
    assert.ok(one.length < 1500 && programs.settling.length > 5 * one.length, `${one.length}`);
    assert.notEqual(one, other);
  });

  it("loads nothing that takes time", () => {
    const file = path.join(PACKAGE_ROOT, "dist", "components", "talos", "life", "machine-programs.js");
    const loaded = new Set<string>();
    const visit = (module: NodeJS.Module | undefined) => {
      if (module === undefined || loaded.has(module.filename)) return;
      loaded.add(module.filename);
      module.children.forEach(visit);
    };
    const load = createRequire(__filename);
    load(file);
    visit(load.cache[file]);
    assert.deepEqual([...loaded].map((each) => path.basename(each)).sort(), [
      "machine-api.js",
      "machine-programs.js",
      "preparation.js",
      "settling.js",
    ]);
  });
});
