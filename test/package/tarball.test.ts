import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { list } from "tar";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { pack } from "./packed";

/** Modules that other projects import, and a name that each must have. */
const FACES = {
  "firmament/automation": "Fleet",
  "firmament/components": "TenantCluster",
  "firmament/policies": "evaluate",
  "firmament/program": "deploy",
};

describe("the package that others install", () => {
  let folder: string;
  let files: string[];
  before(async function () {
    this.timeout(120_000);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-package-"));
    const tarball = await pack(folder);
    files = [];
    await list({ file: tarball, onReadEntry: (entry) => void files.push(entry.path) });
    // a stranger's project, whose other packages are those of this one
    const modules = path.join(folder, "node_modules");
    fs.mkdirSync(path.join(modules, "@pulumiverse"), { recursive: true });
    for (const name of fs.readdirSync(path.join(PACKAGE_ROOT, "node_modules"))) {
      if (name === "@pulumiverse" || name.startsWith(".")) continue;
      fs.symlinkSync(path.join(PACKAGE_ROOT, "node_modules", name), path.join(modules, name));
    }
    fs.mkdirSync(path.join(modules, "firmament"));
    execFileSync("tar", ["xzf", tarball, "-C", path.join(modules, "firmament"), "--strip-components=1"]);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("has no tests, no sandbox and no stack file of anybody", () => {
    const strange = files.filter((file) =>
      /\.(test|fixture)\.|\/(sandbox|bench|test)\/|Pulumi\.(base|platform|tenant)\.(?!example)/.test(
        file.replace(/^package\/node_modules\/.*/, ""),
      ),
    );
    assert.deepEqual(
      strange.filter((file) => !/components\/.*\/sandbox/.test(file)),
      [],
    );
  });

  it("carries the SDK of the Talos provider, which no registry has", () => {
    assert.ok(files.includes("package/node_modules/@pulumiverse/talos/bin/index.js"));
  });

  it("has every module that its exports name, each importable in another project", function () {
    // it loads the Pulumi SDK and all components
    this.timeout(120_000);
    const script = Object.entries(FACES).map(
      ([face, name]) =>
        `if (typeof require(${JSON.stringify(face)})[${JSON.stringify(name)}] !== "function") throw new Error(${JSON.stringify(`${face}: no ${name}`)});`,
    );
    const code = `${script.join("\n")}\nprocess.stdout.write("all there");`;
    // resolves links where they stand, as in a project that npm has filled
    const args = ["--preserve-symlinks", "-e", code];
    assert.equal(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }), "all there");
    const { exports } = JSON.parse(fs.readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8")) as {
      exports: Record<string, string | { types: string; default: string }>;
    };
    for (const target of Object.values(exports).flatMap((each) =>
      typeof each === "string" ? [each] : Object.values(each),
    )) {
      assert.ok(files.includes(path.posix.join("package", target)), target);
    }
  });

  it("has the command, which finds its own files", () => {
    const cli = path.join(folder, "node_modules", "firmament", "dist", "automation", "cli", "index.js");
    const text = execFileSync(process.execPath, ["--preserve-symlinks", "--preserve-symlinks-main", cli, "--help"], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.match(text, /Usage: firmament /);
  });
});
