import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { generatedFiles, REFERENCE_FOLDER } from "./generated";
import { MARK } from "./markdown";

describe("the generated files", () => {
  let files: Record<string, string>;
  before(async () => {
    files = await generatedFiles();
  });

  it("are committed as they would be generated now (else: npm run generate)", () => {
    const stale = Object.entries(files)
      .filter(([file, content]) => {
        const committed = path.join(PACKAGE_ROOT, file);
        return !fs.existsSync(committed) || fs.readFileSync(committed, "utf8") !== content;
      })
      .map(([file]) => file);
    assert.deepEqual(stale, [], "run `npm run generate`");
  });

  it("are all that is in docs/reference, and are marked as generated", () => {
    const pages = Object.keys(files).filter((file) => file.startsWith(REFERENCE_FOLDER));
    const present = fs
      .readdirSync(path.join(PACKAGE_ROOT, REFERENCE_FOLDER))
      .map((name) => path.join(REFERENCE_FOLDER, name));
    assert.deepEqual(present.sort(), pages.sort());
    for (const file of pages) assert.ok(files[file]?.startsWith(`${MARK}\n`), file);
  });

  it("are the same wherever and whenever they are generated", async () => {
    const directory = process.cwd();
    process.chdir(path.dirname(PACKAGE_ROOT));
    try {
      assert.deepEqual(await generatedFiles(), files);
    } finally {
      process.chdir(directory);
    }
    for (const [file, content] of Object.entries(files)) assert.ok(!content.includes(PACKAGE_ROOT), file);
  });
});
