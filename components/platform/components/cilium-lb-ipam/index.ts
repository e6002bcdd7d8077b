import { z } from "zod";
import type { Problem } from "../../../core/problem";
import { BGP_PASSWORDS, bgpMachineProblems, peersOf } from "../../bgp";
import type { CommonSettings } from "../../common-settings";
import { component, type ManagementCluster, type PlannedObject } from "../../component";
import { AGENTS } from "../../apis/network-agents";
import { L2AnnouncementPolicy, LoadBalancerIPPool } from "./kinds";
import { routes } from "./routes";

const POOL = "services";

/** Addresses of Services from the agents that are there for policies anyway: no pods of its own. */
export const ciliumLbIpam = component({
  name: "cilium-lb-ipam",
  description: "Addresses of Services, given out and announced by ARP or BGP by the agents of the policies' network.",
  group: "networking",
  enabledByDefault: false,
  settings: {
    networking: {
      announcementInterfaces: z
        .array(z.string().min(1))
        .min(1)
        .default(["^(eth|en|bond)"])
        .describe("regular expressions of the machines' interfaces that addresses of Services are announced on"),
    },
  },
  secrets: BGP_PASSWORDS,
  checkMachines: (settings, management) => [
    ...bgpMachineProblems(settings, management),
    ...doubleMachines(settings, management),
  ],
  namespaces: {},
  stages: [
    {
      stage: "cilium-address-pools",
      // pods of Services have to be reached before an address is of use
      needs: ["service-announcements", "pod-network"],
      provides: ["load-balancer"],
      objects: ({ settings }) => {
        const { loadBalancerCidrs, announcementInterfaces, bgp } = settings.networking;
        const metadata = { name: POOL };
        const blocks = loadBalancerCidrs.map((cidr) => ({ cidr: String(cidr) }));
        return [
          {
            resource: "services-pool",
            object: LoadBalancerIPPool({ metadata, spec: { blocks, allowFirstLastIPs: "No" } }),
          },
          ...(bgp === undefined
            ? [announcementPolicy(announcementInterfaces)]
            : routes(POOL, AGENTS, bgp, "services-pool")),
        ];
      },
    },
  ],
});

function announcementPolicy(interfaces: readonly string[]): PlannedObject {
  const object = L2AnnouncementPolicy({
    metadata: { name: POOL },
    spec: { interfaces: [...interfaces], loadBalancerIPs: true },
  });
  return { resource: "services-announcement-policy", object, after: ["services-pool"] };
}

/** One machine with two configurations keeps only one of them: cilium/cilium, operator/pkg/bgp/cluster.go. */
function doubleMachines({ networking }: CommonSettings, { machines }: ManagementCluster): Problem[] {
  const sets = peersOf(networking.bgp).map(([name, peer]) => ({
    name,
    machines: [...new Set(peer.machines ?? Object.keys(machines))].sort(),
  }));
  return sets.flatMap(({ name, machines: own }, index) =>
    sets
      .slice(0, index)
      .filter((other) => own.some((each) => other.machines.includes(each)) && own.join() !== other.machines.join())
      .map((other) => ({
        where: `platform.networking.bgp.peers.${name}.machines`,
        given: own.join(", "),
        rule: `must be those of ${other.name} or none of them: a machine takes one set of routers from Cilium`,
        fix: "give both routers the same machines, or another component that gives addresses",
      })),
  );
}
