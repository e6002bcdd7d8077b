import * as assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { Memory } from "./memory";

describe("what a portal remembers", () => {
  let time: number;
  let asked: { readonly answer: (value: string) => void; readonly fail: () => void }[];
  let memory: Memory<string>;
  beforeEach(() => {
    [time, asked] = [0, []];
    const read = () =>
      new Promise<string>((answer, reject) => {
        asked.push({ answer, fail: () => reject(new Error("no answer")) });
      });
    memory = new Memory(10, read, () => time);
  });
  const settled = async (work: Promise<string>) => {
    const state = await Promise.race([work.catch((error: Error) => error.message), turn("waits")]);
    return state;
  };

  it("is asked for once by all who wait for the first answer", async () => {
    const both = [memory.value(), memory.value()];
    asked[0]?.answer("one");
    assert.deepEqual(await Promise.all(both), ["one", "one"]);
    time = 9;
    assert.equal(await memory.value(), "one");
    assert.equal(asked.length, 1);
  });

  it("is asked for anew when it is old, and nobody waits for that", async () => {
    const first = memory.value();
    asked[0]?.answer("one");
    await first;
    time = 10;
    assert.deepEqual(await Promise.all([memory.value(), memory.value()]), ["one", "one"]);
    assert.equal(asked.length, 2);
    asked[1]?.answer("two");
    await turn();
    assert.equal(await memory.value(), "two");
  });

  it("is waited for when it is very old, or was changed", async () => {
    const first = memory.value();
    asked[0]?.answer("one");
    await first;
    time = 40;
    assert.equal(await settled(memory.value()), "waits");
    asked[1]?.answer("two");
    await turn();
    memory.forget();
    const changed = memory.value();
    assert.equal(await settled(changed), "waits");
    asked[2]?.answer("three");
    assert.equal(await changed, "three");
  });

  it("is not an answer to an earlier question, when it was changed meanwhile", async () => {
    const earlier = memory.value();
    memory.forget();
    const later = memory.value();
    asked[1]?.answer("after");
    assert.equal(await later, "after");
    asked[0]?.answer("before");
    assert.equal(await earlier, "before");
    assert.equal(await memory.value(), "after");
  });

  it("is no error: the old answer stays for a while, and the next one to ask makes it be asked for again", async () => {
    const failing = memory.value();
    asked[0]?.fail();
    await assert.rejects(failing, /no answer/);
    const first = memory.value();
    asked[1]?.answer("one");
    await first;
    time = 20;
    assert.equal(await memory.value(), "one");
    asked[2]?.fail();
    await turn();
    assert.equal(await memory.value(), "one");
    assert.equal(asked.length, 4);
    asked[3]?.fail();
    await turn();
    time = 40;
    const late = memory.value();
    asked[4]?.fail();
    await assert.rejects(late, /no answer/);
  });
});
