import * as assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { writeDocs } from "./docs";
import { EXIT } from "../check/exit";
import { pages } from "../../policies/docs";
import { ROOT } from "../check/check.fixture";

const CLI = path.join(ROOT, "dist", "automation", "cli", "index.js");

describe("firmament docs", () => {
  let folder: string;
  const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  const names = pages().map((page) => page.path);

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-docs-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("writes every page into a directory that it makes", () => {
    const made = path.join(folder, "below", "rules");
    const said = execFileSync(process.execPath, [CLI, "docs", made], { encoding: "utf8" });
    assert.equal(said, `${made}: ${names.length} pages written\n`);
    assert.deepEqual(fs.readdirSync(made).sort(), [...names].sort());
    for (const page of pages()) {
      assert.ok(fs.readFileSync(path.join(made, page.path), "utf8").startsWith(page.text), page.path);
    }
  });

  it("gives the same files again", () => {
    writeDocs(folder);
    const before = names.map(read);
    assert.deepEqual(writeDocs(folder).removed, []);
    assert.deepEqual(names.map(read), before);
  });

  it("removes pages of rules that are gone, and nothing that is not its own", () => {
    writeDocs(folder);
    write("gone-rule.md", read("README.md"));
    write("notes.md", "ours\n");
    write("quoted.md", `${read("README.md")}and something of a person's\n`);
    write("image.svg", read("README.md"));
    fs.symlinkSync(path.join(folder, "README.md"), path.join(folder, "link.md"));
    fs.mkdirSync(path.join(folder, "folder.md"));
    assert.deepEqual(writeDocs(folder).removed, ["gone-rule.md"]);
    const left = fs.readdirSync(folder).filter((name) => !names.includes(name));
    assert.deepEqual(left.sort(), ["folder.md", "image.svg", "link.md", "notes.md", "quoted.md"]);
  });

  it("writes nothing where a page would replace somebody else's file", () => {
    write("README.md", "# Handbook\n");
    const { status, stderr } = spawnSync(process.execPath, [CLI, "docs", folder], { encoding: "utf8" });
    assert.equal(status, EXIT.broken);
    assert.match(stderr, /README\.md.* — is not a file that this command wrote/);
    assert.deepEqual(fs.readdirSync(folder), ["README.md"]);
    assert.equal(read("README.md"), "# Handbook\n");
  });

  it("refuses a path that is no directory", () => {
    write("file", "");
    assert.throws(() => writeDocs(path.join(folder, "file")), { name: "InvalidInput", message: /must be a directory/ });
  });

  it("is named in the help", () => {
    const help = execFileSync(process.execPath, [CLI, "--help"], { encoding: "utf8" });
    assert.match(help, /writes\s+their\s+documentation\./);
    assert.match(help, /^ {2}docs \[options\] <directory>/m);
  });
});
