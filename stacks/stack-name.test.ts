import * as assert from "node:assert/strict";
import { parseStackName } from "./stack-name";

const bad: Record<string, [stack: string, layer: unknown, message: RegExp]> = {
  "an unknown layer": ["network.berlin", "base", /network\.berlin — must be base\.<cloud>/],
  "no cloud": ["base", "base", /stack name: base — must be/],
  "an empty cloud": ["base.", "base", /stack name: base\. — must be/],
  "a tenant without name": ["tenant.berlin", "tenant", /tenant\.<cloud>\.<name>/],
  "a name where there is no tenant": ["base.berlin.acme", "base", /stack name: base\.berlin\.acme — must be/],
  "too many parts": ["tenant.berlin.acme.extra", "tenant", /stack name/],
  "no declared layer": ["base.berlin", undefined, /firmament:layer: missing — must be base; run `pulumi config set/],
  "a layer that disagrees": ["base.berlin", "platform", /firmament:layer: platform — must agree with the stack's name/],
  "a layer that is no text": ["base.berlin", ["base"], /firmament:layer: .* — must agree/],
};

describe("a stack's name", () => {
  it("says layer, cloud and tenant", () => {
    assert.deepEqual(parseStackName("base.berlin", "base"), { layer: "base", cloud: "berlin" });
    assert.deepEqual(parseStackName("platform.berlin", "platform"), { layer: "platform", cloud: "berlin" });
    assert.deepEqual(parseStackName("tenant.berlin.acme", "tenant"), {
      layer: "tenant",
      cloud: "berlin",
      tenant: "acme",
    });
  });

  for (const [what, [stack, layer, message]] of Object.entries(bad)) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parseStackName(stack, layer), { name: "InvalidInput", message });
    });
  }
});
