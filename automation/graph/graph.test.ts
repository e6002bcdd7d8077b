import * as assert from "node:assert/strict";
import type { Member } from "../fleet/selection";
import { graphOf, mermaid, svg } from "./graph";

const MEMBERS: readonly Member[] = [
  { name: "base.a", stack: { layer: "base", cloud: "a" } },
  { name: "platform.a", stack: { layer: "platform", cloud: "a" } },
  { name: "tenant.a.x", stack: { layer: "tenant", cloud: "a", tenant: "x" } },
  { name: "tenant.a.y", stack: { layer: "tenant", cloud: "a", tenant: "y" } },
  { name: "base.b", stack: { layer: "base", cloud: "b" } },
];

describe("the picture of stacks", () => {
  const graph = graphOf(MEMBERS);

  it("has what each builds on directly", () => {
    assert.deepEqual(graph.edges, [
      { from: "base.a", to: "platform.a" },
      { from: "platform.a", to: "tenant.a.x" },
      { from: "platform.a", to: "tenant.a.y" },
    ]);
    const without = graphOf(MEMBERS.filter(({ name }) => name !== "platform.a"));
    assert.deepEqual(without.edges[0], { from: "base.a", to: "tenant.a.x" });
  });

  it("is a flowchart in Mermaid, a box for each cloud", () => {
    const text = mermaid(graph);
    assert.match(text, /^flowchart LR\n {2}subgraph c0 \["a"\]\n {4}s0\["base\.a"\]\n/);
    assert.match(text, /\n {2}s1 --> s2\n/);
    assert.equal(text.match(/subgraph/g)?.length, 2);
  });

  it("is SVG with every stack once, none over another", () => {
    const text = svg(graph);
    for (const { name } of MEMBERS) assert.equal(text.split(`>${name}</text>`).length, 2, name);
    const places = [...text.matchAll(/<rect x="(\d+)" y="(\d+)"/g)].map(([, x, y]) => `${x} ${y}`);
    assert.equal(new Set(places).size, MEMBERS.length);
    assert.equal(text.match(/<path /g)?.length, graph.edges.length);
    assert.match(svg(graphOf([])), /^<svg [^]*<\/svg>\n$/);
  });
});
