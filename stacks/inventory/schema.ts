import { z } from "zod";
import { cidr, count } from "../../components/core/schema";

/*
 * What inventory.<cloud>.yaml says, beside the stack files. From here come the parsed type and the JSON Schema for
 * editors.
 */

function pool(what: string, shortest: number, longest: number) {
  return z.strictObject({
    networks: z
      .array(cidr)
      .min(1, "must have a network at least")
      .describe("Networks that they are taken from, in this order."),
    prefix: count(shortest, longest).describe(`Prefix length of ${what}.`),
  });
}

const allocation = z.strictObject({
  podCidr: cidr.describe("Network of its pods, as in its stack file."),
  serviceCidr: cidr.describe("Network of its services, as in its stack file."),
});

/** An inventory as it is written down. */
export const inventorySchema = z.strictObject({
  pools: z
    .strictObject({
      podCidr: pool("a tenant's pod network: a node has a /24 of it", 8, 24).describe("Where pod networks come from."),
      serviceCidr: pool("a tenant's service network", 12, 29).describe("Where service networks come from."),
    })
    .describe("What is given to tenants."),
  tenants: z
    .record(z.string(), allocation)
    .default({})
    .describe("What tenants have, by their names. What stands here never changes, nor is it given to another tenant."),
  freed: z
    .strictObject({
      podCidr: z.array(cidr).default([]).describe("Pod networks."),
      serviceCidr: z.array(cidr).default([]).describe("Service networks."),
    })
    .prefault({})
    .describe("What tenants had that are gone; given again only with --reuse."),
});

/** What an inventory gives to every tenant. */
export const KINDS = ["podCidr", "serviceCidr"] as const;
export type Kind = (typeof KINDS)[number];

export type Inventory = z.output<typeof inventorySchema>;
/** What one tenant has. */
export type Allocation = z.output<typeof allocation>;
