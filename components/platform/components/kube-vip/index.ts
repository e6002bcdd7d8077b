import { z } from "zod";
import type { Problem } from "../../../core/problem";
import type { CommonSettings, Values } from "../../common-settings";
import { component, type OwnSettings, type PlatformInputs } from "../../component";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, PROVIDER_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "kube-vip";
const AGENTS = "kube-vip";
const PROVIDER = "kube-vip-cloud-provider";

const settings = {
  networking: {
    vipInterface: z
      .string()
      .min(1)
      .exactOptional()
      .describe("interface of the machines that kube-vip announces addresses of Services on; default: it finds it"),
  },
};

/** Addresses of Services on the machines themselves: an agent on every machine, and one program that gives them out. */
export const kubeVip = component({
  name: "kube-vip",
  description: "Addresses of Services, given out by its cloud provider and held by one machine each (kube-vip, ARP).",
  group: "networking",
  enabledByDefault: false,
  settings,
  check: noRouters,
  namespaces: { [NAMESPACE]: { podSecurity: "privileged", traffic: {} } },
  stages: [
    {
      chart: AGENTS,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      values: agentValues,
      images: { "image.repository": "ghcr.io/kube-vip/kube-vip" },
      exemptions: CHART_EXEMPTIONS.agents,
      sandbox: CHART_SANDBOX,
    },
    {
      chart: PROVIDER,
      namespace: NAMESPACE,
      after: [AGENTS],
      provides: ["load-balancer"],
      timeout: 600,
      values: providerValues,
      images: { "image.repository": "docker.io/kubevip/kube-vip-cloud-provider" },
      exemptions: CHART_EXEMPTIONS.provider,
      sandbox: PROVIDER_SANDBOX,
    },
  ],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** It has one set of peers for all machines, and no passwords from Secrets: what `bgp` says could not be kept. */
function noRouters({ networking }: CommonSettings): Problem[] {
  return networking.bgp === undefined
    ? []
    : [
        {
          where: "platform.networking.bgp",
          given: `${Object.keys(networking.bgp.peers).length} routers`,
          rule: "is not for kube-vip, which this platform lets announce by ARP alone",
          fix: "switch on a component that speaks BGP in its place, or remove the routers",
        },
      ];
}

function agentValues({ settings: { networking } }: PlatformInputs<OwnSettings<typeof settings>>): Values {
  return {
    // the chart's own depend on the name of the release; API clients are named for the policies
    fullnameOverride: AGENTS,
    env: {
      vip_arp: "true",
      // the API of the machines has an address of its own, by Talos
      cp_enable: "false",
      svc_enable: "true",
      // an address moves alone when its machine goes, not all of them
      svc_election: "true",
      lb_enable: "false",
      ...(networking.vipInterface === undefined ? {} : { vip_interface: networking.vipInterface }),
    },
    // raw sockets for ARP, and addresses of interfaces
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      seccompProfile: { type: "RuntimeDefault" },
      capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] },
    },
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
  };
}

/** One copy works at a time and new addresses wait for it a moment: a second would only hold memory. */
function providerValues({ settings: { networking } }: PlatformInputs): Values {
  return {
    fullnameOverride: PROVIDER,
    nameOverride: PROVIDER,
    namespaceOverride: NAMESPACE,
    configMapName: "kubevip",
    cm: { data: { "cidr-global": networking.loadBalancerCidrs.map(String).join(",") } },
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  };
}
