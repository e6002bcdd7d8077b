import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";

interface Charts {
  readonly releases: Record<
    string,
    { readonly object: { readonly kind: string; readonly name: string }; readonly because: Record<string, string[]> }[]
  >;
}

interface PolicyFile {
  readonly check?: { readonly charts?: Charts };
  readonly exemptions: readonly { readonly rule: string; readonly selector: { readonly name: string } }[];
}

describe("the README", () => {
  const rows = fs
    .readFileSync(path.join(PACKAGE_ROOT, "README.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"));

  for (const file of ["policies.yaml", "policies.sandbox.yaml"]) {
    it(`lists every exemption of ${file}`, () => {
      const text = fs.readFileSync(path.join(PACKAGE_ROOT, "stacks", "config", file), "utf8");
      const { exemptions } = parse(text) as PolicyFile;
      assert.ok(exemptions.length > 0);
      for (const { rule, selector } of exemptions) {
        const listed = rows.some((row) => row.includes(`\`${rule}\``) && row.includes(`\`${selector.name}\``));
        assert.ok(listed, `${rule} of ${selector.name}`);
      }
    });
  }

  it("lists every exemption of what charts render, with its reason, below the release", () => {
    const text = fs.readFileSync(path.join(PACKAGE_ROOT, "stacks", "config", "policies.yaml"), "utf8");
    const { check } = parse(text) as PolicyFile;
    const releases = Object.entries(check?.charts?.releases ?? {});
    assert.ok(releases.length > 0);
    const readme = fs.readFileSync(path.join(PACKAGE_ROOT, "README.md"), "utf8");
    for (const [release, objects] of releases) {
      const [, section = ""] = readme.split(`\n\`${release}\`:\n`);
      const [lines = ""] = section.trimStart().split("\n\n");
      for (const { object, because } of objects) {
        const line = lines.split("\n").find((each) => each.startsWith(`- ${object.kind} \`${object.name}\`: `));
        assert.ok(line !== undefined, `${release}: ${object.kind} ${object.name}`);
        for (const [reason, rules] of Object.entries(because)) {
          const said = `${reason} (${rules.map((rule) => `\`${rule}\``).join(", ")})`;
          assert.ok(line.includes(said), `${release}: ${object.kind} ${object.name}: ${said}`);
        }
      }
    }
  });
});
