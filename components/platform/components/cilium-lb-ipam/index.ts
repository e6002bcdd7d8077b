import { z } from "zod";
import { component } from "../../component";
import { L2AnnouncementPolicy, LoadBalancerIPPool } from "./kinds";

const POOL = "services";

/** Addresses of Services from the agents that are there for policies anyway: no pods of its own. */
export const ciliumLbIpam = component({
  name: "cilium-lb-ipam",
  description: "Addresses of Services, given out and announced by ARP by the agents of the policies' network.",
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
  namespaces: {},
  stages: [
    {
      stage: "cilium-address-pools",
      // pods of Services have to be reached before an address is of use
      needs: ["service-announcements", "pod-network"],
      provides: ["load-balancer"],
      objects: ({ settings }) => {
        const { loadBalancerCidrs, announcementInterfaces } = settings.networking;
        const metadata = { name: POOL };
        const blocks = loadBalancerCidrs.map((cidr) => ({ cidr: String(cidr) }));
        return [
          {
            resource: "services-pool",
            object: LoadBalancerIPPool({ metadata, spec: { blocks, allowFirstLastIPs: "No" } }),
          },
          {
            resource: "services-announcement-policy",
            object: L2AnnouncementPolicy({
              metadata,
              spec: { interfaces: [...announcementInterfaces], loadBalancerIPs: true },
            }),
            after: ["services-pool"],
          },
        ];
      },
    },
  ],
});
