import * as assert from "node:assert/strict";
import { z } from "zod";
import { checked } from "./checked";
import { name, url } from "./schema";

const schema = z.strictObject({
  layer: z.literal("base"),
  tier: z.enum(["development", "production"]),
  replicas: z.int().min(1).max(5),
  share: z.number().gt(0).lt(1),
  enabled: z.boolean(),
  label: z.string().min(1).max(4),
  networks: z.array(z.string()).min(1).max(2),
  pools: z.record(name, z.strictObject({ size: z.number() })),
  source: url(["https"], "https://charts.example"),
  plain: z.url(),
  key: z.union([z.literal("tpm"), z.number()]),
});
const good = {
  layer: "base",
  tier: "production",
  replicas: 3,
  share: 0.5,
  enabled: true,
  label: "a",
  networks: ["x"],
  pools: { small: { size: 1 } },
  source: "https://charts.example",
  plain: "https://a.example",
  key: "tpm",
};

const bad: readonly [change: object, message: string][] = [
  [{ layer: "tenant" }, 'layer: "tenant" — must be base'],
  [{ tier: "prod" }, 'tier: "prod" — must be development or production'],
  [{ tier: undefined }, "tier: missing — must be development or production"],
  [{ replicas: "3" }, 'replicas: "3" — must be a number'],
  [{ replicas: 1.5 }, "replicas: 1.5 — must be a whole number"],
  [{ replicas: 0 }, "replicas: 0 — must be at least 1"],
  [{ replicas: 6 }, "replicas: 6 — must be at most 5"],
  [{ share: 0 }, "share: 0 — must be more than 0"],
  [{ share: 1 }, "share: 1 — must be less than 1"],
  [{ enabled: "yes" }, 'enabled: "yes" — must be true or false'],
  [{ label: 1 }, "label: 1 — must be text"],
  [{ label: "" }, 'label: "" — must not be empty'],
  [{ label: "abcde" }, 'label: "abcde" — must have at most 4 characters'],
  [{ networks: "x" }, 'networks: "x" — must be a list'],
  [{ networks: [] }, "networks: [] — must not be empty"],
  [{ networks: ["a", "b", "c"] }, 'networks: ["a","b","c"] — must have at most 2 entries'],
  [{ networks: [1] }, "networks.0: 1 — must be text"],
  [{ pools: [] }, "pools: [] — must be a map"],
  [{ pools: { Small: { size: 1 } } }, "pools.Small: Small — must be a DNS label: a-z, 0-9 and - inside"],
  [{ pools: { small: "x" } }, 'pools.small: "x" — must be a map'],
  [{ pools: { small: {} } }, "pools.small.size: missing — must be a number"],
  [{ source: "http://charts.example" }, 'source: "http://charts.example" — must be a URL like https://charts.example'],
  [{ plain: "charts" }, 'plain: "charts" — must be a URL'],
  [{ key: true }, "key: true — must have one of the forms that the schema allows"],
];

describe("the messages of a schema", () => {
  for (const [change, message] of bad) {
    it(message, () => {
      assert.throws(() => checked(schema, { ...good, ...change }, { what: "settings", fix: "correct it" }), {
        name: "InvalidInput",
        message: `settings cannot be used:\n  ${message}; correct it`,
      });
    });
  }

  it("are none for good values", () => {
    assert.deepEqual(checked(schema, good, { what: "settings", fix: "correct it" }), good);
  });
});
