import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";

/** Writes the names of the packages that were loaded to file descriptor 3 when the process ends. */
const HOOK = `
process.on("exit", () => {
  const packages = Object.keys(require.cache).flatMap((file) => /.*node_modules.((?:@[^/]+.)?[^/]+)/.exec(file)?.[1] ?? []);
  require("node:fs").writeSync(3, JSON.stringify([...new Set(packages)].sort()));
});`;

describe("the firmament command", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
    fs.writeFileSync(path.join(folder, "hook.cjs"), HOOK);
    fs.writeFileSync(
      path.join(folder, "a.json"),
      '{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" } }',
    );
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const loadedBy = (...args: string[]): { readonly code: number | null; readonly packages: unknown } => {
    const command = ["-r", path.join(folder, "hook.cjs"), path.join(__dirname, "index.js"), ...args];
    const { status, output } = spawnSync(process.execPath, command, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    return { code: status, packages: JSON.parse(output[3] ?? "") };
  };

  // what it loads is most of the time that it takes: the Pulumi SDK alone is half a second
  it("loads only what reads manifests and configuration for a check of manifests in a project", () => {
    const { code, packages } = loadedBy("check", "--root", PACKAGE_ROOT, "--manifests", path.join(folder, "a.json"));
    assert.deepEqual({ code, packages }, { code: 0, packages: ["commander", "ipaddr.js", "js-yaml", "zod"] });
  });

  it("loads only the parser of its arguments for a wrong option", () => {
    assert.deepEqual(loadedBy("check", "--manifest", "x"), { code: 2, packages: ["commander"] });
  });
});
