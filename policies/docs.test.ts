import * as assert from "node:assert/strict";
import { explain, similarRules } from "./explain";
import { parseManifests } from "./engine/manifests";
import { pages } from "./docs";
import { RULES } from "./rules";

describe("the documentation of the rules", () => {
  it("has a page for each, which the index links to", () => {
    const all = pages();
    const index = all.find(({ path }) => path === "README.md")?.text ?? "";
    for (const { id, title } of RULES) {
      const page = all.find(({ path }) => path === `${id}.md`);
      assert.ok(page !== undefined && index.includes(`](${id}.md)`), id);
      assert.ok(page.text.startsWith(`# ${title}\n`));
    }
    assert.equal(all.length, RULES.length + 1);
  });

  it("shows examples that can be copied", () => {
    for (const { path, text } of pages().slice(1)) {
      const blocks = [...text.matchAll(/^(`{3,4})yaml\n([^]*?)^\1$/gm)].map(([, , yaml]) => yaml ?? "");
      assert.ok(blocks.length >= 2, path);
      for (const block of blocks) assert.ok(parseManifests(block).length > 0, path);
      assert.ok(blocks[0] !== blocks[1] || blocks.length > 2, path);
    }
  });

  it("is written in full: why, what to do, who asks for it", () => {
    for (const { id } of RULES) {
      const { why = "", fix = "", references = [] } = explain(id) ?? {};
      assert.ok(why.length > 40 && /[.)]$/.test(why), `${id}: ${why}`);
      assert.ok(fix.length > 10 && !fix.endsWith("."), `${id}: ${fix}`);
      assert.ok(references.length > 0, id);
    }
  });

  it("helps who misspells a rule", () => {
    assert.equal(explain("pss-privilege"), undefined);
    assert.deepEqual(similarRules("pss-privilegd"), ["pss-privileged"]);
    assert.ok(similarRules("pss-privilege-esc").includes("pss-privilege-escalation"));
  });
});
