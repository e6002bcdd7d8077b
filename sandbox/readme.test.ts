import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { REAL, SIMULATED } from "./parts";
import { readme } from "./readme";

describe("the sandbox's README", () => {
  it("is what the program writes", () => {
    const written = fs.readFileSync(path.join(PACKAGE_ROOT, "sandbox", "README.md"), "utf8");
    assert.equal(written, readme(), "run `npm run --silent sandbox -- readme > sandbox/README.md`");
  });

  it("names every part that a start prints", () => {
    for (const { name, how } of [...REAL, ...SIMULATED])
      assert.ok(readme().includes(`- ${name}${how && `: ${how}`}\n`));
  });
});
