import type { Problem } from "../core/problem";
import type { Bgp, BgpPeer } from "./bgp-settings";
import type { CommonSettings } from "./common-settings";
import type { ManagementCluster, SecretFragment } from "./component";

/*
 * Routers that machines announce addresses of Services to: what every component that can speak BGP makes of it stands in
 * its own folder.
 */

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
