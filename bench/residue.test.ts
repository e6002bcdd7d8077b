import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { slope } from "./figures";
import { descendants, memoryOf, residue } from "./residue";

describe("what work leaves behind", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-residue-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("is seen: a file that is open, a temporary one, a listener, a process, memory", async () => {
    const before = residue([folder]);
    fs.mkdirSync(path.join(folder, "a"));
    const file = fs.openSync(path.join(folder, "a", "b"), "w");
    const listener = () => undefined;
    process.on("unhandledRejection", listener);
    const kept = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    const child = spawn(process.execPath, ["-e", "process.stdout.write('x'); setInterval(() => 0, 1000)"]);
    try {
      await once(child.stdout, "data");
      const now = residue([folder]);
      assert.deepEqual([now.files - before.files, now.listeners - before.listeners], [2, 1]);
      assert.equal(now.processes - before.processes, 1);
      // the file, and pipes to the process
      assert.ok(now.handles - before.handles >= 4, `${before.handles} ${now.handles}`);
      assert.ok(now.heapKiB - before.heapKiB > 2000, `${before.heapKiB} ${now.heapKiB}`);
      assert.ok(memoryOf(child.pid ?? 0) > 2);
      assert.ok(descendants(process.pid).includes(child.pid ?? 0));
      assert.equal(kept.length, 300_000);
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
      process.off("unhandledRejection", listener);
      fs.closeSync(file);
    }
    kept.length = 0;
    const after = residue([folder]);
    const { handles, processes, listeners } = before;
    assert.deepEqual(
      { handles: after.handles, processes: after.processes, listeners: after.listeners },
      { handles, processes, listeners },
    );
  });

  it("grows by the line that fits it best", () => {
    assert.equal(slope([1, 3, 5, 7]), 2);
    assert.equal(slope([4, 4, 4]), 0);
    assert.equal(slope([5]), 0);
    assert.ok(Math.abs(slope([10, 11, 9, 10, 11, 9])) < 0.2);
  });
});
