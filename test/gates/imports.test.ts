import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";

/** The linter's own settings over a small tree with what must be refused planted in it. */
describe("the linter of imports", function () {
  this.timeout(60_000);
  let copy: string;

  beforeEach(() => {
    copy = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-imports-"));
    for (const file of [".dependency-cruiser.mjs", "tsconfig.json", "package.json"]) {
      fs.copyFileSync(path.join(PACKAGE_ROOT, file), path.join(copy, file));
    }
    fs.symlinkSync(path.join(PACKAGE_ROOT, "node_modules"), path.join(copy, "node_modules"));
    write("components/core/cidr.ts", "export const one = 1;");
    write("policies/index.ts", `import { one } from "../components/core/cidr";\nexport const two = one + 1;`);
  });
  afterEach(() => fs.rmSync(copy, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    const file = path.join(copy, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${text}\n`);
  }

  function findings(): string[] {
    const cruise = path.join(PACKAGE_ROOT, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
    const args = [cruise, "--config", ".dependency-cruiser.mjs", "--output-type", "json"];
    const folders = ["components", "policies", "stacks"].filter((folder) => fs.existsSync(path.join(copy, folder)));
    const { stdout, stderr } = spawnSync(process.execPath, [...args, ...folders], { cwd: copy, encoding: "utf8" });
    assert.equal(stderr, "");
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { from: string; to: string; rule: { name: string } }[] };
    };
    return summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`).sort();
  }

  it("lets imports through that point down", () => {
    assert.deepEqual(findings(), []);
  });

  it("refuses circles, also of types alone, imports that point up, and what reaches behind a face", () => {
    write("policies/a.ts", `import { b } from "./b";\nexport const a = () => b();`);
    write("policies/b.ts", `import { a } from "./a";\nexport const b = (): unknown => a();`);
    write("policies/engine/view.ts", `import type { Other } from "./other";\nexport interface View { other?: Other }`);
    write("policies/engine/other.ts", `import type { View } from "./view";\nexport interface Other { view?: View }`);
    write("components/core/up.ts", `import { two } from "../../policies";\nexport const three = two + 1;`);
    write("stacks/index.ts", `import type { View } from "../policies/engine/view";\nexport type Seen = View;`);
    write("components/platform/components/a/index.ts", "export const a = 1;");
    write("components/platform/components/b/index.ts", `import { a } from "../a";\nexport const b = a;`);
    write("components/platform/settings.ts", `import * as pulumi from "@pulumi/pulumi";\nexport const p = pulumi;`);
    const found = findings();
    for (const expected of [
      /^no-circle: policies\/[ab]\.ts -> policies\/[ab]\.ts$/,
      /^no-circle: policies\/engine\/(view|other)\.ts -> policies\/engine\/(view|other)\.ts$/,
      /^one-way-components-core: components\/core\/up\.ts -> policies\/index\.ts$/,
      /^one-way-stacks: stacks\/index\.ts -> policies\/engine\/view\.ts$/,
      /^public-face-of-policies: stacks\/index\.ts -> policies\/engine\/view\.ts$/,
      /^one-component: components\/platform\/components\/b\/index\.ts -> /,
      /^core-without-pulumi: components\/platform\/settings\.ts -> /,
    ]) {
      assert.ok(
        found.some((finding) => expected.test(finding)),
        `${String(expected)} is not among\n${found.join("\n")}`,
      );
    }
  });
});
