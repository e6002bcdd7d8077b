import { z } from "zod";
import { Cidr } from "../../components/core/cidr";
import { address, cidr, count } from "../../components/core/schema";

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

/** An address, as the network that it is the only one of. */
const single = address.transform((text) => Cidr.parse(`${text}/32`));

const allocation = z.strictObject({
  podCidr: cidr.describe("Network of its pods, as in its stack file."),
  serviceCidr: cidr.describe("Network of its services, as in its stack file."),
  apiAddress: single.exactOptional().describe("Address of its API, as controlPlane.loadBalancer.address."),
});

/** An inventory as it is written down. */
export const inventorySchema = z.strictObject({
  pools: z
    .strictObject({
      podCidr: pool("a tenant's pod network: a node has a /24 of it", 8, 24).describe("Where pod networks come from."),
      serviceCidr: pool("a tenant's service network", 12, 29).describe("Where service networks come from."),
      apiAddress: z
        .strictObject({
          networks: z
            .array(cidr)
            .min(1, "must have a network at least")
            .describe("Parts of platform.networking.loadBalancerCidrs, in this order."),
        })
        .exactOptional()
        .describe("Where addresses of Kubernetes APIs come from. Without it, APIs get any that is free."),
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
      apiAddress: z.array(single).default([]).describe("Addresses of APIs."),
    })
    .prefault({})
    .describe("What tenants had that are gone; given again only with --reuse."),
});

/** What an inventory gives to tenants; the last one only to those whose API has an address. */
export const KINDS = ["podCidr", "serviceCidr", "apiAddress"] as const;
export type Kind = (typeof KINDS)[number];

export type Inventory = z.output<typeof inventorySchema>;
/** What one tenant has. */
export type Allocation = z.output<typeof allocation>;

/** Where something comes from, and the prefix length that it has; nothing where the inventory does not give it. */
export function poolOf({ pools }: Inventory, kind: Kind): { networks: readonly Cidr[]; prefix: number } | undefined {
  if (kind !== "apiAddress") return pools[kind];
  return pools.apiAddress === undefined ? undefined : { ...pools.apiAddress, prefix: 32 };
}

/** What a tenant has, one by one. */
export function partsOf(allocation: Allocation): { readonly kind: Kind; readonly network: Cidr }[] {
  return KINDS.flatMap((kind) => {
    const network = allocation[kind];
    return network === undefined ? [] : [{ kind, network }];
  });
}

/** As it is written down. */
export function written(kind: Kind, network: Cidr): string {
  return kind === "apiAddress" ? String(network).replace(/\/32$/, "") : String(network);
}
