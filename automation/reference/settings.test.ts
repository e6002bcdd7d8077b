import * as assert from "node:assert/strict";
import { z } from "zod";
import { cidr, kubernetesVersion, quantityText } from "../../components/core/schema";
import { settingRows } from "./settings";

const schema = z.strictObject({
  name: z.string().describe("A name."),
  tier: z.enum(["a", "b"]).default("a").describe("A tier."),
  count: z.int().min(1).max(5).optional().describe("A count."),
  least: z.number().min(0).optional().describe("A number."),
  on: z.boolean().default(true).describe("A switch."),
  disks: z.array(z.strictObject({ size: z.int().describe("A size.") })).describe("Disks."),
  pools: z
    .record(z.string(), z.strictObject({ url: z.url().describe("A URL.") }))
    .default({})
    .describe("Pools."),
  networks: z.array(cidr).describe("Networks."),
  version: kubernetesVersion.describe("A version."),
  memory: quantityText.describe("A quantity."),
  key: z.union([z.literal("tpm"), z.strictObject({ kms: z.ipv4().describe("A server.") })]).describe("A key."),
});

describe("the settings of a schema", () => {
  it("are listed with path, type, default and description, parents before what is in them", () => {
    const rows = settingRows(z.toJSONSchema(schema, { io: "input" })).map((row) => Object.values(row).join(" | "));
    assert.deepEqual(rows, [
      "name | text | required | A name.",
      "tier | `a` or `b` | `a` | A tier.",
      "count | whole number, 1 to 5 |  | A count.",
      "least | number, 0 or more |  | A number.",
      "on | true or false | `true` | A switch.",
      "disks | list of map | required | Disks.",
      "disks.<index>.size | whole number | required | A size.",
      "pools | map of map |  | Pools.",
      "pools.<name>.url | URL | required | A URL.",
      "networks | list of IPv4 network | required | Networks.",
      "version | Kubernetes version | required | A version.",
      "memory | quantity | required | A quantity.",
      "key | `tpm` or map | required | A key.",
      "key.kms | IPv4 address | required | A server.",
    ]);
  });
});
