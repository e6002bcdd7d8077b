import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { locksIn, processesHere, removeDeadLock } from "./locks";

const SINCE = "2026-05-04T03:02:01Z";
const message = (host: string, pid: number, url = "file:///state/.pulumi/locks/organization/firmament/base.a/1.json") =>
  `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n  ${url}: created by jo@example.com@${host} (pid ${pid}) at ${SINCE}`;

describe("locks of stacks", () => {
  const processes = (started: number | "gone" | undefined) => ({ host: "here", started: () => started });

  it("are read from what the engine says", () => {
    const said = message("there", 42);
    const [lock, ...rest] = locksIn(`${said}\n${said}`, processes("gone"));
    assert.deepEqual(rest, []);
    assert.deepEqual(lock, {
      user: "jo@example.com",
      host: "there",
      pid: 42,
      since: SINCE,
      url: "file:///state/.pulumi/locks/organization/firmament/base.a/1.json",
      holder: "unknown",
    });
  });

  const taken = Date.parse(SINCE);
  const cases = [
    ["another machine's", "there", "gone", "unknown"],
    ["a process that has ended", "here", "gone", "dead"],
    ["a process that was there when the lock was taken", "here", taken - 60_000, "alive"],
    ["a process that got the number later", "here", taken + 60_000, "dead"],
    ["a process of which nobody says when it began", "here", undefined, "alive"],
  ] as const;
  for (const [of, host, started, holder] of cases) {
    it(`of ${of} are ${holder}`, () => {
      assert.equal(locksIn(message(host, 42), processes(started))[0]?.holder, holder);
    });
  }

  it("see this process as alive, and one that was killed as dead", async () => {
    const { host, started } = processesHere();
    assert.equal(host, os.hostname());
    const own = started(process.pid);
    assert.ok(typeof own === "number" && own <= Date.now() + 2000 && own > Date.now() - 24 * 3600_000, String(own));
    const child = spawn("sleep", ["600"]);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(started(child.pid ?? 0), "gone");
  });

  it("are taken away one by one, and only those of the dead", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-locks-"));
    try {
      const locks = path.join(folder, "a b", ".pulumi", "locks", "organization", "firmament", "base.a");
      fs.mkdirSync(locks, { recursive: true });
      const [dead, other] = ["1.json", "2.json"].map((name) => path.join(locks, name));
      assert.ok(dead !== undefined && other !== undefined);
      for (const file of [dead, other]) fs.writeFileSync(file, "{}");
      const lock = (file: string, state: "gone" | undefined) => {
        const [found] = locksIn(message("here", 42, `${pathToFileURL(file).href}?no_tmp_dir=true`), processes(state));
        assert.ok(found !== undefined);
        return found;
      };
      assert.equal(removeDeadLock(lock(other, undefined)), false);
      assert.equal(removeDeadLock(lock(dead, "gone")), true);
      assert.deepEqual(fs.readdirSync(locks), ["2.json"]);
      assert.equal(removeDeadLock(lock(dead, "gone")), true, "somebody else was faster");
      assert.equal(removeDeadLock({ ...lock(dead, "gone"), url: "s3://state/.pulumi/locks/1.json" }), false);
      const outside = path.join(folder, "other.json");
      fs.writeFileSync(outside, "{}");
      assert.equal(removeDeadLock(lock(outside, "gone")), false);
      assert.ok(fs.existsSync(outside));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
