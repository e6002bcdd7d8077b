import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { PACKAGE_ROOT } from "./package-root";

const LOAD_LATE = JSON.stringify(path.join(__dirname, "load-late.js"));

/** Runs JavaScript in a process of its own; returns what it prints as JSON. */
function run(...lines: readonly string[]): unknown {
  const script = [
    `const loaded = (part) => Object.values(require.cache).filter(({ filename, children }) => filename?.includes(part) && children.length > 0).length;`,
    ...lines,
  ].join("\n");
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", script], {
    cwd: PACKAGE_ROOT,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

describe("modules that the Pulumi SDK seldom uses", function () {
  this.timeout(60_000);
  const state = `{ arborist: loaded("/@npmcli/arborist/") > 0, typescript: "/node_modules/typescript/lib/typescript.js" in Object.fromEntries(Object.keys(require.cache).map((file) => [file.slice(file.lastIndexOf("/node_modules/typescript")), 1])) }`;

  it("are loaded with it, without anybody's doing: otherwise this is not needed any more", () => {
    const given = run(`require("@pulumi/pulumi");`, `console.log(JSON.stringify(${state}));`);
    assert.deepEqual(given, { arborist: true, typescript: true });
  });

  it("are not loaded with it, and are there when they are used", () => {
    const given = run(
      `require(${LOAD_LATE}).loadLate();`,
      `const pulumi = require("@pulumi/pulumi");`,
      `const before = ${state};`,
      `const answer = 40;`,
      `pulumi.runtime.serializeFunction(() => answer + 2).then(({ text }) => {`,
      `  console.log(JSON.stringify({ before, after: ${state}, text: text.includes("answer + 2") }));`,
      `});`,
    );
    assert.deepEqual(given, {
      before: { arborist: false, typescript: false },
      after: { arborist: (given as { after: { arborist: boolean } }).after.arborist, typescript: true },
      text: true,
    });
  });

  it("stay as they are where it has been loaded", () => {
    const given = run(
      `const pulumi = require("@pulumi/pulumi");`,
      `require(${LOAD_LATE}).loadLate();`,
      `console.log(JSON.stringify(${state}));`,
    );
    assert.deepEqual(given, { arborist: true, typescript: true });
  });
});
