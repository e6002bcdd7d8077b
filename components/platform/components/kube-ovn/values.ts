import type { Values } from "../../common-settings";
import type { Installed, ManagementCluster, PlatformInputs } from "../../component";
import { firstHost } from "./networks";

/** What Geneve takes of a packet: Kube-OVN's own figure (1.16.2, pkg/util/const.go). */
export const TUNNEL_OVERHEAD = 100;

/** Kube-OVN gives pods and virtual machines their addresses; policies and Services are Cilium's. */
export function kubeOvnValues({ settings, management }: PlatformInputs, { namespace }: Installed): Values {
  const { podCidr, joinCidr, machineMtu } = settings.networking;
  const controlPlanes = controlPlaneMachines(management);
  return {
    namespace,
    clusterDomain: management.dnsDomain,
    // named, not looked up: a chart that asks the API for its nodes renders differently before they have joined
    masterNodes: controlPlanes.map(({ address }) => address).sort(),
    masterNodesLabels: { "node-role.kubernetes.io/control-plane": "" },
    networking: {
      stack: "IPv4",
      tunnelType: "geneve",
      enableSsl: true,
      pods: {
        cidr: { v4: String(podCidr) },
        gateways: { v4: firstHost(podCidr) },
        ...(machineMtu === undefined ? {} : { mtu: machineMtu - TUNNEL_OVERHEAD }),
      },
      services: { cidr: { v4: management.serviceCidrs[0] } },
      join: { cidr: { v4: String(joinCidr) } },
    },
    features: {
      enableLoadbalancer: false,
      enableNetworkPolicies: false,
      enableKeepVmIps: true,
      enableLiveMigrationOptimization: true,
    },
    // after the chain (05-) that has it as its first plugin; pods are plugged in by neither of the two files but by
    // the one of secondary networks (00-), which is configured to call the chain
    cni: { configPriority: "10", mountToolingDirectory: false },
    ovsOvn: {
      // Talos loads the module from its machine configuration; /etc is read-only there
      disableModulesManagement: true,
      ovsDirectory: "/var/lib/openvswitch",
      ovnDirectory: "/var/lib/ovn",
      ovsIpsecKeysDirectory: "/var/lib/ovs_ipsec_keys",
      resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { cpu: "4", memory: "1000Mi" } },
    },
    central: { resources: { requests: { cpu: "50m", memory: "200Mi" }, limits: { cpu: "3", memory: "4Gi" } } },
    controller: { resources: { requests: { cpu: "10m", memory: "200Mi" }, limits: { cpu: "1", memory: "1Gi" } } },
    agent: { resources: { requests: { cpu: "50m", memory: "100Mi" }, limits: { cpu: "1", memory: "2Gi" } } },
  };
}

/** Machines that OVN's databases and its controller run on. */
export function controlPlaneMachines({ machines }: ManagementCluster): { readonly address: string }[] {
  return Object.values(machines).filter(({ role }) => role === "controlplane");
}
