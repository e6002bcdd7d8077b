import { z } from "zod";
import { address, count, name } from "../core/schema";

/* Settings of routers that machines announce addresses of Services to. */

const asNumber = count(1, 4_294_967_295);

const peer = z.strictObject({
  address: address.describe("the router"),
  asNumber: asNumber.describe("its number"),
  port: count(1, 65_535).default(179).describe("port at which it answers"),
  machines: z
    .array(z.string())
    .min(1)
    .exactOptional()
    .describe("machines of the base stack that it peers with: those of its rack; default: all"),
  password: z
    .boolean()
    .default(false)
    .describe("whether sessions are signed (TCP MD5) with the secret bgpPasswords.<name of the peer>"),
  hops: count(1, 255).default(1).describe("how many networks away it is: more than 1 where it is not a neighbour"),
});

const COMMUNITY = /^\d{1,5}:\d{1,5}$/;

export const bgp = z
  .strictObject({
    asNumber: asNumber.describe("number of the machines, e.g. 64512"),
    peers: z
      .record(name, peer)
      .refine((peers) => Object.keys(peers).length > 0, "must have a router that addresses are announced to")
      .describe("routers by name"),
    communities: z
      .array(z.string().regex(COMMUNITY, "must be a community like 65535:65281"))
      .default([])
      .describe("communities of the announced routes, e.g. 65535:65281 (no-export)"),
    localPreference: count(0, 4_294_967_295)
      .exactOptional()
      .describe("preference of the announced routes within the same number"),
  })
  .describe(
    "routers that addresses of Services are announced to by BGP, in place of ARP: the addresses need not lie in the network of the machines",
  );

export type Bgp = z.output<typeof bgp>;
export type BgpPeer = z.output<typeof peer>;
