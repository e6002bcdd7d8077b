import * as assert from "node:assert/strict";
import { ordered, select, type Member } from "./selection";

const member = (name: string): Member => {
  const [layer = "", cloud = "", tenant] = name.split(".");
  assert.ok(layer === "base" || layer === "platform" || layer === "tenant");
  return { name, stack: { layer, cloud, ...(tenant === undefined ? {} : { tenant }) } };
};
const ALL = ["tenant.b.y", "base.a", "tenant.a.x", "platform.a", "base.b", "platform.b", "tenant.a.w"].map(member);
const names = (members: readonly Member[]) => members.map(({ name }) => name);

describe("selections of stacks", () => {
  it("are all stacks by layer and name where nothing is said", () => {
    const all = ["base.a", "base.b", "platform.a", "platform.b", "tenant.a.w", "tenant.a.x", "tenant.b.y"];
    assert.deepEqual(names(select(ALL, {})), all);
  });

  it("take names, patterns, layers and clouds, which must all fit", () => {
    assert.deepEqual(names(select(ALL, { stacks: ["tenant.*", "base.a"], clouds: ["a"] })), [
      "base.a",
      "tenant.a.w",
      "tenant.a.x",
    ]);
    assert.deepEqual(names(select(ALL, { stacks: ["*.b*"], layers: ["platform"] })), ["platform.b"]);
  });

  it("refuse what names nothing, all at once", () => {
    assert.throws(() => select(ALL, { stacks: ["tenant.a.x", "tenant.a.z", "base+a"], clouds: ["c"] }), {
      name: "InvalidInput",
      message: /stacks: tenant\.a\.z — [^]*choose of base\.a, [^]*stacks: base\+a — [^]*clouds: c — /,
    });
  });

  it("are done from the ground up, and taken down from the top, cloud by cloud", () => {
    const members = select(ALL, { stacks: ["base.a", "platform.a", "tenant.a.x", "tenant.b.y"] });
    assert.deepEqual(
      ordered(members, "up").map(({ name, after }) => [name, after]),
      [
        ["base.a", []],
        ["platform.a", ["base.a"]],
        ["tenant.a.x", ["base.a", "platform.a"]],
        ["tenant.b.y", []],
      ],
    );
    assert.deepEqual(
      ordered(members, "down").map(({ name, after }) => [name, after]),
      [
        ["tenant.b.y", []],
        ["tenant.a.x", []],
        ["platform.a", ["tenant.a.x"]],
        ["base.a", ["platform.a", "tenant.a.x"]],
      ],
    );
  });
});
