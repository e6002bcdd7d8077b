import type { Problem } from "../../../core/problem";
import { component } from "../../component";
import { CONTROLLER_RUNTIME_WEBHOOK } from "../../shared-values";
import { BGP_PASSWORDS, bgpMachineProblems } from "../../bgp";
import { announcements } from "./announcements";
import { IPAddressPool } from "./kinds";
import { metallbValues } from "./values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "metallb-system";
const POOL = "services";

/** Gives Services their addresses and announces them on the network of the machines, in layer 2, or to routers. */
export const metallb = component({
  name: "metallb",
  description: "Addresses of Services, announced by ARP on the network of the machines, or by BGP to their routers.",
  group: "networking",
  check: ({ networking }) => networking.loadBalancerCidrs.map(String).filter(emptyPool).map(noAddress),
  secrets: BGP_PASSWORDS,
  checkMachines: bgpMachineProblems,
  namespaces: {
    [NAMESPACE]: { podSecurity: "privileged", traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK] } },
  },
  stages: [
    {
      chart: "metallb",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      takesCrdsAlong: true,
      values: metallbValues,
      images: {
        "controller.image.repository": "quay.io/metallb/controller",
        "speaker.image.repository": "quay.io/metallb/speaker",
        "speaker.frr.image.repository": "quay.io/frrouting/frr",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "address-pools",
      after: ["metallb"],
      provides: ["load-balancer"],
      objects: ({ settings }) => {
        const metadata = { name: POOL, namespace: NAMESPACE };
        const { loadBalancerCidrs, bgp } = settings.networking;
        const addresses = loadBalancerCidrs.map(String);
        return [
          { resource: POOL, object: IPAddressPool({ metadata, spec: { addresses, avoidBuggyIPs: true } }) },
          ...announcements(POOL, NAMESPACE, bgp),
        ];
      },
    },
  ],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** A single address that `avoidBuggyIPs` leaves out: some routers drop packets to .0 and .255. */
function emptyPool(network: string): boolean {
  return /\.(0|255)\/32$/.test(network);
}

function noAddress(given: string): Problem {
  const where = "platform.networking.loadBalancerCidrs";
  const rule = "has no address that is given out: those ending in .0 and .255 are left out";
  return { where, given, rule, fix: "give another address, or a larger network" };
}
