import * as assert from "node:assert/strict";
import { duration, terminalProgress } from "./progress";

describe("progress", () => {
  const make = (isTTY: boolean) => {
    const written: string[] = [];
    const clock = { seconds: 0 };
    const stream = { isTTY, columns: 200, write: (text: string) => void written.push(text) };
    return { written, clock, progress: terminalProgress(stream, () => clock.seconds * 1000) };
  };

  it("in a log is one line when a task starts and one when it ends", () => {
    const { written, clock, progress } = make(false);
    progress.say("1 tool to build");
    const task = progress.start("build etcd 3.6.5", 45);
    clock.seconds = 30;
    task.done();
    task.done();
    assert.deepEqual(written, [
      "1 tool to build\n",
      "build etcd 3.6.5, about 45 s …\n",
      "build etcd 3.6.5: done in 30 s\n",
    ]);
  });

  it("on a terminal is one line that is replaced, with elapsed time, estimate and what is left in all", () => {
    const { written, clock, progress } = make(true);
    progress.plan([
      { label: "build a", seconds: 100 },
      { label: "build b", seconds: 200 },
    ]);
    const task = progress.start("build a");
    task.note("linking");
    clock.seconds = 40;
    progress.say("something else");
    assert.equal(written.at(-1), "\r\u001b[2Kbuild a: 40 s of about 1m40, linking (about 4m20 left)");
    clock.seconds = 200;
    progress.say("late");
    assert.equal(written.at(-1), "\r\u001b[2Kbuild a: 3m20 instead of about 1m40, linking (about 3m20 left)");
    task.done();
    progress.start("build b");
    // the first one took twice as long as thought, so the second one will
    assert.equal(written.at(-1), "\r\u001b[2Kbuild b: 0 s of about 6m40 (about 6m40 left)");
  });

  it("says that a task failed, and does not learn from it", () => {
    const { written, clock, progress } = make(false);
    clock.seconds = 1;
    progress.start("build a", 100).fail();
    progress.start("build b", 100).done();
    assert.deepEqual(written.slice(1, 3), ["build a: failed after 0 s\n", "build b, about 1m40 …\n"]);
  });

  for (const [seconds, text] of [
    [0, "0 s"],
    [89.4, "89 s"],
    [90, "1m30"],
    [599, "9m59"],
    [840, "14 min"],
  ] as const) {
    it(`writes ${seconds} seconds as ${text}`, () => assert.equal(duration(seconds), text));
  }
});
