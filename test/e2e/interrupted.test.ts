import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { finished, TestSandbox } from "./support";

/**
 * What a start says when it reaches a point, and how long after that it is killed, in milliseconds. The tools are in
 * the cache by then: killing their build is tested with the toolchain.
 */
const points = [
  { during: "the start of the daemon", line: /./, after: 300 },
  { during: "base", line: /base\.sandbox: deploying/, after: 3500 },
  { during: "platform, early", line: /platform\.sandbox: deploying/, after: 4000 },
  { during: "platform, later", line: /platform\.sandbox: deploying/, after: 12_000 },
  { during: "the tenants", line: /tenant\.sandbox\.\w+: deploying/, after: 6000 },
] as const;

describe("a start that is killed", () => {
  const sandbox = TestSandbox.create();
  after(() => sandbox.destroy());

  for (const { during, line, after } of points) {
    it(`during ${during} does not keep the next one from going on`, async () => {
      const child = sandbox.spawn(["start", "--json"]);
      const done = finished(child);
      await new Promise<void>((resolve, reject) => {
        let said = "";
        child.stderr?.on("data", (chunk: string) => {
          said += chunk;
          if (line.test(said)) resolve();
        });
        child.on("close", () => reject(new Error(`it ended before it said ${line}: ${said}`)));
      });
      await sleep(after);
      // the whole group: the command, the engine, its plugins and the program
      process.kill(-(child.pid ?? 0), "SIGKILL");
      assert.equal((await done).code, null);
      await sandbox.programsGone();
    });
  }

  it("comes to the same cloud when it is started once more", async () => {
    const report = await sandbox.start();
    assert.ok(report.clusters.length === 3);
    assert.ok(report.clusters.every(({ nodes, readyNodes }) => nodes > 0 && nodes === readyNodes));
    const again = await sandbox.start();
    for (const { name, changes } of again.stacks) {
      assert.equal(changes.create + changes.update + changes.replace + changes.delete, 0, name);
    }
  });

  it("leaves no file and no process when it is destroyed", async () => {
    const { code } = await sandbox.run(["sandbox", "destroy"]);
    assert.equal(code, 0);
    assert.deepEqual(sandbox.processes(), []);
    assert.equal(fs.existsSync(sandbox.directory), false);
  });
});
