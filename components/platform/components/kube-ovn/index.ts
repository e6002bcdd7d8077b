import { component } from "../../component";
import { controlPlaneMachines, kubeOvnValues, TUNNEL_OVERHEAD } from "./values";
import { networkObjects, networkProblems, networkSettings } from "./networks";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "kube-ovn";

/** Where its daemon listens on every node. */
const SOCKET = "/run/openvswitch/kube-ovn-daemon.sock";

/** Gives pods and virtual machines addresses that they keep, and carries their traffic between nodes. */
export const kubeOvn = component({
  name: "kube-ovn",
  description: "Addresses of pods and virtual machines, kept through live migration, and tunnels between nodes.",
  group: "networking",
  settings: networkSettings,
  check: networkProblems,
  namespaces: {
    // its pods are on the network of the machines
    [NAMESPACE]: {
      podSecurity: "privileged",
      budgets: ({ management }) => {
        const copies = controlPlaneMachines(management).length;
        return ["ovn-central", "kube-ovn-controller"].map((app) => ({ name: app, copies, matchLabels: { app } }));
      },
    },
  },
  stages: [
    {
      chart: "kube-ovn-v2",
      namespace: NAMESPACE,
      needs: ["network-policies"],
      provides: ["pod-network"],
      timeout: 900,
      values: kubeOvnValues,
      images: {
        "global.registry.address": "docker.io/kubeovn",
        "natGw.image.repository": "docker.io/kubeovn/vpc-nat-gateway",
        "natGw.bgpSpeaker.image.repository": "docker.io/kubeovn/kube-ovn",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    { stage: "networks", after: ["kube-ovn-v2"], objects: ({ settings }) => networkObjects(settings) },
  ],
  podNetworkPlugin: {
    name: "kube-ovn",
    plugin: { type: "kube-ovn", server_socket: SOCKET, ipam: { type: "kube-ovn", server_socket: SOCKET } },
    devices: ["ovn0", "genev_sys_6081"],
    tunnel: { overhead: TUNNEL_OVERHEAD, ports: [6081] },
  },
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});
