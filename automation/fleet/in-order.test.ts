import * as assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { inOrder } from "./in-order";

describe("work in order", () => {
  const steps = (...edges: readonly (readonly [string, ...string[]])[]) =>
    edges.map(([name, ...after]) => ({ name, after }));

  async function log(
    of: readonly { readonly name: string; readonly after: readonly string[] }[],
    options: { readonly concurrency?: number; readonly failing?: readonly string[]; readonly stopOnFailure?: boolean },
  ) {
    const { concurrency = 2, failing = [], stopOnFailure = false } = options;
    const begun: string[] = [];
    let [now, most] = [0, 0];
    const results = await inOrder(of, {
      concurrency,
      stopOnFailure,
      skip: ({ name }, because) => `${name} skipped for ${because}`,
      work: async ({ name }) => {
        begun.push(name);
        most = Math.max(most, ++now);
        await turn();
        now--;
        return { ok: !failing.includes(name), value: name };
      },
    });
    return { begun, most, results };
  }

  it("begins a step when those before it are done, never more than allowed", async () => {
    const diamond = steps(["a"], ["b", "a"], ["c", "a"], ["d", "b", "c"], ["e"]);
    const { begun, most, results } = await log(diamond, {});
    assert.equal(most, 2);
    assert.deepEqual(results, ["a", "b", "c", "d", "e"]);
    assert.ok(begun.indexOf("b") > begun.indexOf("a") && begun.indexOf("d") > begun.indexOf("c"));
  });

  it("skips what builds on a failure and goes on with the rest", async () => {
    const { results } = await log(steps(["a"], ["b", "a"], ["c", "b"], ["d"]), { failing: ["a"] });
    assert.deepEqual(results, ["a", "b skipped for a", "c skipped for a", "d"]);
  });

  it("begins nothing more after a failure when it is told so", async () => {
    const { begun } = await log(steps(["a"], ["b"], ["c"]), { concurrency: 1, failing: ["a"], stopOnFailure: true });
    assert.deepEqual(begun, ["a"]);
  });

  it("takes names that take no part as done", async () => {
    assert.deepEqual((await log(steps(["b", "a"]), {})).begun, ["b"]);
  });

  it("comes to an end with every step, whatever depends on what and fails", async () => {
    const graph = fc.array(fc.record({ after: fc.array(fc.nat(20)), fails: fc.boolean() }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(graph, fc.integer({ min: 1, max: 4 }), async (nodes, concurrency) => {
        const of = nodes.map(({ after }, index) => ({
          name: `n${index}`,
          after: after.filter((each) => each < index).map((each) => `n${each}`),
        }));
        const failing = nodes.flatMap(({ fails }, index) => (fails ? [`n${index}`] : []));
        const { results, most, begun } = await log(of, { concurrency, failing });
        assert.equal(results.length, nodes.length);
        assert.ok(most <= concurrency);
        const bad = new Set(failing);
        for (const { name, after } of of) if (after.some((each) => bad.has(each))) bad.add(name);
        for (const { name, after } of of) assert.equal(begun.includes(name), !after.some((each) => bad.has(each)));
      }),
      { numRuns: 50 },
    );
  });
});
