import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { evaluate, type Finding } from "firmament/policies";
import * as ts from "typescript";
import { evaluate as own } from ".";
import { PACKAGE_ROOT } from "../components/core/package-root";

const privileged = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop" },
  spec: { containers: [{ name: "web", image: "web", securityContext: { privileged: true } }] },
};

const consumer = (annotation: string) => `
  import { evaluate, UNKNOWN, type Config, type Finding } from "firmament/policies";
  const config: Config = { tier: "production" };
  export const mark: string = UNKNOWN;
  export const found: Promise<${annotation}> = evaluate({ resources: [], config, version: "v1.34" });
`;

describe("the package's firmament/policies", () => {
  it("is what require and import give inside the project", async () => {
    const required = createRequire(__filename)("firmament/policies") as { readonly evaluate: typeof own };
    assert.equal(required.evaluate, own);
    assert.equal(evaluate, own);
    const findings: Finding[] = await evaluate({ resources: [privileged] });
    assert.ok(findings.some(({ rule, status }) => rule === "pss-privileged" && status === "violation"));
  });

  it("has its names for modules too", () => {
    const code = `import { evaluate, UNKNOWN } from "firmament/policies"; console.log(typeof evaluate, typeof UNKNOWN)`;
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
      cwd: PACKAGE_ROOT,
      encoding: "utf8",
    });
    assert.equal(said, "function string\n");
  });

  it("has types where it is installed, for modules of both kinds", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-consumer-"));
    try {
      fs.mkdirSync(path.join(folder, "node_modules"));
      fs.symlinkSync(PACKAGE_ROOT, path.join(folder, "node_modules", "firmament"));
      const files = { "right.cts": "Finding[]", "right.mts": "Finding[]", "wrong.mts": "number" };
      for (const [name, type] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), consumer(type));
      assert.deepEqual(errors(path.join(folder, "right.cts"), path.join(folder, "right.mts")), []);
      assert.match(errors(path.join(folder, "wrong.mts")).join("\n"), /Promise<Finding\[\]>.*not assignable/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }).timeout(60_000);
});

function errors(...files: readonly string[]): string[] {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.Node16,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const program = ts.createProgram({ rootNames: files, options });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
