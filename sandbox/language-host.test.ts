import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { writeLanguageHost } from "./language-host";

describe("the language host of the sandbox's engine", () => {
  let folder: string;
  let bin: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-host-"));
    bin = path.join(folder, "it's bin");
    fs.mkdirSync(bin);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** A host that says its arguments, a line each. */
  function host(name: string): string {
    const file = path.join(folder, name);
    fs.writeFileSync(file, `#!/bin/sh\necho ${name}\nprintf '%s\\n' "$0" "$@"\n`, { mode: 0o755 });
    return file;
  }
  const said = () => execFileSync(path.join(bin, "pulumi-language-nodejs"), ["127.0.0.1:1"], { encoding: "utf8" });

  it("compiles nothing, loads what is loaded before programs, and runs from the sandbox's folder", () => {
    writeLanguageHost({ bin }, host("one"));
    const [name, program, typescript, nodeargs, address] = said().split("\n");
    assert.deepEqual([name, typescript, address], ["one", "-typescript=false", "127.0.0.1:1"]);
    assert.ok(program?.startsWith(`${bin}/`));
    const file = /^-nodeargs=--require '(.*)'$/.exec(nodeargs ?? "")?.[1] ?? "";
    assert.equal(path.basename(file), "before-program.js");
    assert.ok(fs.existsSync(file));
  });

  it("takes the place of an earlier one, and leaves the program that it led to as it is", () => {
    const [old, other] = [host("old"), host("other")];
    const before = fs.readFileSync(old, "utf8");
    fs.symlinkSync(old, path.join(bin, "pulumi-language-nodejs"));
    for (const each of [old, other]) writeLanguageHost({ bin }, each);
    assert.equal(said().split("\n")[0], "other");
    assert.equal(fs.readFileSync(old, "utf8"), before);
  });
});
