import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

const ROOT = path.resolve(__dirname, "..", "..", "..");

interface PolicyFile {
  readonly exemptions: readonly { readonly rule: string; readonly selector: { readonly name: string } }[];
}

describe("the README", () => {
  const rows = fs
    .readFileSync(path.join(ROOT, "README.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"));

  for (const file of ["policies.yaml", "policies.sandbox.yaml"]) {
    it(`lists every exemption of ${file}`, () => {
      const text = fs.readFileSync(path.join(ROOT, "stacks", "config", file), "utf8");
      const { exemptions } = parse(text) as PolicyFile;
      assert.ok(exemptions.length > 0);
      for (const { rule, selector } of exemptions) {
        const listed = rows.some((row) => row.includes(`\`${rule}\``) && row.includes(`\`${selector.name}\``));
        assert.ok(listed, `${rule} of ${selector.name}`);
      }
    });
  }
});
