import * as assert from "node:assert/strict";
import { svgReport } from "./picture";
import type { OperationReport, StackReport } from "./report";

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** The root of a document of XML, for what pictures use of it. @throws Error where it is not well-formed. */
function parsed(xml: string): Element {
  const open: Element[] = [{ name: "", attributes: {}, children: [], text: "" }];
  const token = /<(\/?)([\w:]+)((?:\s[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(.)/gsu;
  for (const [, close = "", name, given = "", empty = "", text, wrong] of xml.matchAll(token)) {
    if (wrong !== undefined) throw new Error(`not well-formed at ${wrong}`);
    const parent = open.at(-1) as Element;
    if (name === undefined) {
      parent.text += (text ?? "").replaceAll(/&(\w*)(;?)/g, (_, entity: string, end: string) => {
        const sign = ENTITIES[entity];
        if (sign === undefined || end === "") throw new Error(`&${entity} is no entity`);
        return sign;
      });
    } else if (close !== "") {
      if (parent.name !== name) throw new Error(`${name} ends ${parent.name}`);
      open.pop();
    } else {
      const attributes = Object.fromEntries(
        [...given.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
      );
      const element: Element = { name, attributes, children: [], text: "" };
      parent.children.push(element);
      if (empty === "") open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`${open.at(-1)?.name ?? ""} has no end`);
  return open[0]?.children[0] as Element;
}

const NOTHING = { machines: [], pools: [], components: [], deletedForGood: [], others: [], warnings: [] };

function report(stacks: readonly StackReport[]): OperationReport {
  return { operation: "preview", ok: true, seconds: 1, stacks };
}

describe("a preview as a picture", () => {
  const stacks: StackReport[] = [
    {
      stack: "base.a",
      status: "done",
      changes: { update: 2, same: 3 },
      words: {
        ...NOTHING,
        machines: ["cp-1: restarts (machine.kernel)"],
        warnings: ['<script>alert("x")</script> & \u0000'],
      },
    },
    {
      stack: "tenant.a.x",
      status: "done",
      changes: { delete: 40 },
      words: {
        ...NOTHING,
        pools: ["pool general: rolls 3 machines"],
        components: ["cilium: 1.18.1 → 1.18.2"],
        deletedForGood: Array.from({ length: 40 }, (_, index) => `Namespace x-${index} with everything in it`),
        others: Array.from({ length: 40 }, (_, index) => `update NetworkPolicy ${index}`),
      },
    },
    { stack: "tenant.a.y", status: "skipped", because: "base.a" },
    {
      stack: "tenant.a.z",
      status: "failed",
      failure: { kind: "policy", retryable: false, advice: "" },
      message: `first ${"long ".repeat(60)}\nlast`,
    },
  ];
  const svg = parsed(svgReport(report(stacks)));
  const texts = svg.children.filter(({ name }) => name === "text");
  const has = (wanted: string, look?: string) =>
    texts.some(
      ({ text, attributes }) => text.trim() === wanted && (look === undefined || attributes["class"] === look),
    );

  it("is XML that holds what restarts, rolls, changes and is deleted for good", () => {
    assert.equal(svg.attributes["xmlns"], "http://www.w3.org/2000/svg");
    for (const text of [
      "cp-1: restarts (machine.kernel)",
      "pool general: rolls 3 machines",
      "cilium: 1.18.1 → 1.18.2",
    ]) {
      assert.ok(has(text, "entry"), text);
    }
    for (let index = 0; index < 40; index++) assert.ok(has(`Namespace x-${index} with everything in it`, "loss"));
    assert.ok(has("update NetworkPolicy 11") && !has("update NetworkPolicy 12") && has("and 28 more"));
    assert.ok(has("tenant.a.y: not begun, since base.a failed") && has("tenant.a.z: failed: policy", "bad"));
  });

  it("takes text as text", () => {
    assert.ok(has('<script>alert("x")</script> & \u{fffd}'));
    assert.deepEqual([...new Set(svg.children.map(({ name }) => name))], ["title", "desc", "style", "rect", "text"]);
    assert.throws(() => parsed("<svg><text>a & b</text></svg>"));
    assert.throws(() => parsed("<svg><text>a</svg>"));
  });

  it("says what it is to those who do not see it, and is readable on both grounds", () => {
    const [title, description, style] = svg.children;
    assert.deepEqual([svg.attributes["role"], svg.attributes["aria-labelledby"]], ["img", "title description"]);
    assert.deepEqual([title?.attributes["id"], description?.attributes["id"]], ["title", "description"]);
    assert.equal(title?.text, "Firmament preview: 4 stacks, 1 failed, 1 not begun");
    assert.match(description?.text ?? "", /base\.a: would update 2; tenant\.a\.x: would delete 40; /);
    assert.match(style?.text ?? "", /prefers-color-scheme: dark/);
  });

  it("keeps every line in the picture, whole", () => {
    assert.ok(
      texts.every(
        ({ attributes, text }) => Number(attributes["y"]) < Number(svg.attributes["height"]) && text.length <= 100,
      ),
    );
    assert.equal(
      texts
        .map(({ text }) => text.trim())
        .join("")
        .split("long").length,
      61,
    );
    assert.match(svgReport(report([])), /No stack is concerned\./);
  });
});
