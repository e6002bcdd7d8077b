import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exclusively, writeTogether } from "./files";

describe("files that change together", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-files-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const at = (name: string) => path.join(folder, name);
  const all = () => Object.fromEntries(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(at(name), "utf8")]));

  it("are written, replaced and removed", () => {
    fs.writeFileSync(at("old"), "1");
    fs.writeFileSync(at("gone"), "2");
    writeTogether([
      { file: at("old"), text: "3" },
      { file: at("gone"), text: undefined },
      { file: at("new"), text: "4" },
    ]);
    assert.deepEqual(all(), { old: "3", new: "4" });
  });

  it("are as they were when one of them fails, whichever it is", () => {
    fs.writeFileSync(at("old"), "1");
    fs.writeFileSync(at("gone"), "2");
    const fine = [
      { file: at("old"), text: "3" },
      { file: at("gone"), text: undefined },
      { file: at("new"), text: "4" },
    ];
    for (let index = 0; index <= fine.length; index++) {
      const missing = { file: path.join(folder, "no", "folder"), text: "x" };
      assert.throws(() => writeTogether([...fine.slice(0, index), missing, ...fine.slice(index)]), /ENOENT/);
      assert.deepEqual(all(), { old: "1", gone: "2" });
      // a folder where the file belongs: it fails when all texts are written beside their files
      fs.mkdirSync(at("taken/inside"), { recursive: true });
      const taken = { file: at("taken"), text: "x" };
      assert.throws(() => writeTogether([...fine.slice(0, index), taken, ...fine.slice(index)]));
      fs.rmSync(at("taken"), { recursive: true });
      assert.deepEqual(all(), { old: "1", gone: "2" });
    }
  });
});

describe("work on a file that only one may do", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-files-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const file = () => path.join(folder, "inventory.yaml");
  const lock = () => `${file()}.lock`;

  it("is done one after the other, also when one of them fails", async () => {
    const order: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const first = exclusively(file(), async () => {
      order.push("first");
      await held;
      order.push("first has ended");
      throw new Error("it failed");
    });
    const second = exclusively(file(), () => order.push("second"));
    await new Promise(setImmediate);
    assert.deepEqual(order, ["first"]);
    release();
    await assert.rejects(first, /it failed/);
    await second;
    assert.deepEqual(order, ["first", "first has ended", "second"]);
    assert.ok(!fs.existsSync(lock()));
  });

  it("is refused when the other one is still at work after a while, and its lock stays", async () => {
    fs.writeFileSync(lock(), String(process.pid));
    const refused = exclusively(file(), () => assert.fail("it ran"), 100);
    await assert.rejects(refused, new RegExp(`process ${process.pid} — must be changed by one command at a time`));
    assert.ok(fs.existsSync(lock()));
  });

  it("is refused where a lock says nobody yet", async () => {
    fs.writeFileSync(lock(), "");
    await assert.rejects(
      exclusively(file(), () => assert.fail("it ran"), 100),
      /must be changed by one command/,
    );
  });
});
