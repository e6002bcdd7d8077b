import { z } from "zod";
import type { Problem } from "../core/problem";
import { address, count, name } from "../core/schema";
import type { ManagementCluster, SecretFragment } from "./component";
import type { CommonSettings } from "./common-settings";

/*
 * Routers that machines announce addresses of Services to: what every component that can speak BGP makes of it stands in
 * its own folder.
 */

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

const PASSWORDS = "bgpPasswords";

/** The secret setting with the passwords of routers. */
export const BGP_PASSWORDS = {
  [PASSWORDS]: {
    description: "secret: passwords of routers, by the names of platform.networking.bgp.peers",
    required: (settings: CommonSettings) =>
      withPassword(settings).length === 0
        ? undefined
        : {
            rule: "signs the sessions of routers with `password: true`",
            fix: `set it with \`pulumi config set --secret --path firmament:${PASSWORDS}.${withPassword(settings)[0]}\``,
          },
    entries: withPassword,
  },
} as const satisfies Readonly<Record<string, SecretFragment<object>>>;

/** Names of routers that have one. */
export function withPassword({ networking }: CommonSettings): string[] {
  return peersOf(networking.bgp)
    .filter(([, { password }]) => password)
    .map(([name]) => name);
}

export function peersOf(settings: Bgp | undefined): [name: string, peer: BgpPeer][] {
  return Object.entries(settings?.peers ?? {});
}

/** Machines of peers that there are not. */
export function bgpMachineProblems({ networking }: CommonSettings, { machines }: ManagementCluster): Problem[] {
  return peersOf(networking.bgp).flatMap(([name, { machines: named = [] }]) =>
    named
      .filter((machine) => !(machine in machines))
      .map((given) => ({
        where: `platform.networking.bgp.peers.${name}.machines`,
        given,
        rule: "must be a machine of the base stack",
        fix: `correct the name: ${Object.keys(machines).join(", ")}`,
      })),
  );
}
