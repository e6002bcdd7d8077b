import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";

/** A program that answers on standard output and ends with the code that its arguments ask for. */
const CLI = `
process.stdout.write(JSON.stringify(process.argv.slice(2)) + "\\n");
if (process.argv[3] === "wait") {
  process.once("SIGTERM", () => process.exit(7));
  setInterval(() => undefined, 1000);
  process.stdout.write("waiting\\n");
} else process.exitCode = 3;
`;
/** Copies instead of compiling: the real compiler would take most of a minute for all that is tried here. */
const COMPILER = `
const fs = require("node:fs");
const path = require("node:path");
const sources = ["sandbox", "test"].flatMap((folder) =>
  !fs.existsSync(folder) ? [] : fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)),
).filter((name) => name.endsWith(".ts"));
setTimeout(() => {
  for (const name of sources) {
    const text = fs.readFileSync(name, "utf8");
    fs.mkdirSync(path.dirname(path.join("dist", name)), { recursive: true });
    fs.writeFileSync(path.join("dist", name.replace(/ts$/, "js")), text);
    if (text.includes("WRONG")) {
      console.log(name + "(1,1): error TS2322");
      process.exitCode = 1;
    }
  }
  fs.writeFileSync("dist/.tsbuildinfo", "");
}, 200);
`;
const TSCONFIG = {
  compilerOptions: {
    module: "node16",
    rootDir: ".",
    outDir: "dist",
    composite: true,
    tsBuildInfoFile: "dist/.tsbuildinfo",
    types: ["node", "mocha"],
    skipLibCheck: true,
  },
  include: ["sandbox/**/*.ts", "test/**/*.ts"],
};
const LOCK = { name: "clone", version: "1.0.0", lockfileVersion: 3, requires: true };

describe("the bootstrap of a checkout", function () {
  this.timeout(60_000);
  let clone: string;

  /** A small checkout whose packages are those of this one. */
  beforeEach(() => {
    clone = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "firmament-clone-")));
    fs.cpSync(path.join(PACKAGE_ROOT, "sandbox", "bootstrap"), path.join(clone, "sandbox", "bootstrap"), {
      recursive: true,
    });
    fs.copyFileSync(path.join(PACKAGE_ROOT, "sandbox", "bootstrap.mjs"), path.join(clone, "sandbox", "bootstrap.mjs"));
    write("package.json", JSON.stringify({ name: "clone", version: "1.0.0" }));
    write("package-lock.json", JSON.stringify({ ...LOCK, packages: { "": { name: "clone", version: "1.0.0" } } }));
    write("tsconfig.json", JSON.stringify(TSCONFIG));
    write(".mocharc.json", JSON.stringify({ spec: "dist/test/**/*.test.js", exclude: "dist/test/e2e/**" }));
    write("sandbox/cli.ts", CLI);
    fs.mkdirSync(path.join(clone, "node_modules", "@types"), { recursive: true });
    for (const name of ["mocha", "@types/node", "@types/mocha", "undici-types"]) borrow(name);
    write("node_modules/typescript/bin/tsc", COMPILER);
    write("node_modules/.package-lock.json", JSON.stringify({ ...LOCK, packages: {} }));
  });
  afterEach(() => fs.rmSync(clone, { recursive: true, force: true }));

  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
    fs.writeFileSync(path.join(clone, name), text);
  };
  const borrow = (name: string) => {
    const target = path.join(PACKAGE_ROOT, "node_modules", name);
    if (fs.existsSync(target)) fs.symlinkSync(target, path.join(clone, "node_modules", name));
  };
  const launch = (args: readonly string[], options: readonly string[] = []) => {
    const script = path.join(clone, "sandbox", "bootstrap.mjs");
    const child = spawn(process.execPath, [...options, script, ...args], { cwd: os.tmpdir() });
    const output = { out: "", err: "" };
    child.stdout.on("data", (text: Buffer) => (output.out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output.err += text.toString()));
    const ended = (once(child, "close") as Promise<[number | null]>).then(([code]) => ({ code, ...output }));
    return { child, ended };
  };
  const bootstrap = (...args: string[]) => launch(args).ended;

  it("compiles what is stale, hands over arguments and exit code, and leaves standard output to the program", async () => {
    const first = await bootstrap("start", "--json");
    assert.deepEqual([first.code, first.out], [3, '["start","--json"]\n'], first.err);
    assert.match(first.err, /compiling TypeScript/);
    const second = await bootstrap("sandbox", "status");
    assert.deepEqual([second.code, second.out, second.err], [3, '["sandbox","status"]\n', ""]);
  });

  it("compares contents, not times as the compiler does, and agrees with tools that compare times", async () => {
    fs.rmSync(path.join(clone, "node_modules", "typescript"), { recursive: true });
    borrow("typescript");
    const { compilerOptions } = TSCONFIG;
    write(
      "tsconfig.json",
      JSON.stringify({ ...TSCONFIG, compilerOptions: { ...compilerOptions, lib: ["es5"], types: [] } }),
    );
    const declare = "declare const process: { stdout: { write(text: string): void } };\n";
    write("sandbox/cli.ts", `${declare}export const text: string = "first\\n";\nprocess.stdout.write(text);\n`);
    await bootstrap("build");
    const later = new Date(Date.now() + 1000);
    const source = path.join(clone, "sandbox", "cli.ts");
    fs.utimesSync(source, later, later);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal((await bootstrap("build")).err, "");
    const built = fs.statSync(path.join(clone, "dist", ".tsbuildinfo"));
    assert.ok(built.mtimeMs > fs.statSync(source).mtimeMs);
    fs.appendFileSync(source, 'process.stdout.write("changed\\n");\n');
    fs.utimesSync(source, new Date(1e12), new Date(1e12));
    assert.match((await bootstrap("start")).out, /changed/);
  });

  it("does not run what does not compile, not even the second time", async () => {
    write("sandbox/cli.ts", `${CLI}\n// WRONG\n`);
    for (const _ of [1, 2]) {
      const { code, out, err } = await bootstrap("start");
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, /cli\.ts.*TS2322/);
      assert.match(err, /tsc -b: failed \(\d\) — the sources must compile/);
    }
  });

  it("removes what was compiled from sources that are gone", async () => {
    write("test/old.test.ts", "it('is old', () => undefined);\n");
    await bootstrap("build");
    fs.rmSync(path.join(clone, "test", "old.test.ts"));
    await bootstrap("build");
    assert.equal(fs.existsSync(path.join(clone, "dist", "test", "old.test.js")), false);
    assert.equal(fs.existsSync(path.join(clone, "dist", "sandbox", "cli.js")), true);
  });

  it("compiles once when several come at once", async () => {
    const all = await Promise.all([1, 2, 3].map(() => bootstrap("start")));
    assert.deepEqual(
      all.map(({ code }) => code),
      [3, 3, 3],
    );
    const said = all.map(({ err }) => err).join("");
    // how many had to wait depends on how close together they came
    assert.equal(said.match(/compiling/g)?.length, 1, said);
    assert.deepEqual(
      fs.readdirSync(path.join(clone, "dist")).filter((name) => name.includes("lock")),
      [],
    );
  });

  it("goes on where a killed one was", async () => {
    const { child, ended } = launch(["start"]);
    child.stderr.once("data", () => child.kill("SIGKILL"));
    await ended;
    const again = await bootstrap("start");
    assert.equal(again.code, 3, again.err);
  });

  it("installs the packages when they are not those of package-lock.json", async () => {
    write("package.json", JSON.stringify({ name: "clone", version: "1.0.0", dependencies: { tiny: "file:tiny" } }));
    write("tiny/package.json", JSON.stringify({ name: "tiny", version: "1.0.0" }));
    const packages = {
      "": { name: "clone", version: "1.0.0", dependencies: { tiny: "file:tiny" } },
      "node_modules/tiny": { resolved: "tiny", link: true },
      tiny: { version: "1.0.0" },
    };
    write("package-lock.json", JSON.stringify({ ...LOCK, packages }));
    const { code, out, err } = await bootstrap("start");
    assert.match(err, /installing the packages/);
    assert.ok(fs.existsSync(path.join(clone, "node_modules", "tiny", "package.json")), err);
    // npm has removed the compiler, which is none of these packages
    assert.equal(out, "");
    assert.notEqual(code, 0);
  });

  it("lets signals reach the program", async () => {
    const { child, ended } = launch(["start", "wait"]);
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (text: Buffer) => text.toString().includes("waiting") && resolve());
    });
    child.kill("SIGTERM");
    assert.equal((await ended).code, 7);
  });

  it("refuses an old Node and an unknown command with one line", async () => {
    const old = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'18.20.1'})";
    const refused = await launch(["start"], ["--import", old]).ended;
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    assert.match(refused.err, /^node: 18\.20\.1 — 20\.19 or newer is needed; install it from \S+\n$/);
    const unknown = await bootstrap("strat");
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /^command: strat — must be one of start, /);
  });

  describe("runs the tests", () => {
    beforeEach(() => {
      write("test/a.test.ts", "describe('a', () => { it('passes', () => undefined); it('is later'); });\n");
      write(
        "test/e2e/b.test.ts",
        "it('passes too', () => undefined); it('fails', () => { throw new Error('no'); });\n",
      );
    });
    const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

    it("of both kinds, adds up, and fails when one fails", async () => {
      const { code, out, err } = await bootstrap("test");
      assert.deepEqual([code, lastLine(out)], [1, "2 passed, 1 failed"], err);
    });

    it("of one kind, with options of mocha", async () => {
      const unit = await bootstrap("test", "unit");
      assert.deepEqual([unit.code, lastLine(unit.out)], [0, "1 passed, 0 failed"]);
      const one = await bootstrap("test", "e2e", "--grep", "passes");
      assert.deepEqual([one.code, lastLine(one.out)], [0, "1 passed, 0 failed"]);
    });

    it("and counts a run that breaks down as failed", async () => {
      write("test/a.test.ts", "process.exit(4);\n");
      const { code, out } = await bootstrap("test", "unit");
      assert.deepEqual([code, lastLine(out)], [1, "0 passed, 1 failed"]);
    });

    it("and counts what they leave in the temporary directory as failed, naming it", async () => {
      const leave = 'require("node:fs").mkdirSync(require("node:path").join(require("node:os").tmpdir(), "forgotten"))';
      write("test/a.test.ts", `it("passes", () => { ${leave}; });\n`);
      const { code, out, err } = await bootstrap("test", "unit");
      assert.deepEqual([code, lastLine(out)], [1, "1 passed, 1 failed"]);
      assert.match(err, /unit: forgotten — tests must leave nothing behind; /);
    });
  });
});
