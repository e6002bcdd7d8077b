import type { Values } from "../../common-settings";
import type { PlatformInputs } from "../../component";
import { AGENTS, FLOW_CERTIFICATES } from "../../apis/network-agents";
import { apart, budget, copies } from "../../shared-values";

/** ConfigMap, in Cilium's namespace, with the CNI configuration that chains Cilium behind the pod network. */
export const CNI_CONFIG_MAP = "cni-configuration";

/**
 * File in /etc/cni/net.d that the chart's agents write that configuration to, once they are ready. What calls other
 * plugins has to call this one: every other file there leaves network policies out.
 */
export const CNI_CHAIN_FILE = "05-cilium.conflist";

/** What Talos lets a container have: its kernel takes no modules from pods, so SYS_MODULE is not among them. */
const AGENT_CAPABILITIES = [
  "CHOWN",
  "KILL",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "SYS_ADMIN",
  "SYS_RESOURCE",
  "DAC_OVERRIDE",
  "FOWNER",
  "SETGID",
  "SETUID",
];

/**
 * Cilium enforces policies and replaces kube-proxy; addresses and routes are the pod network's (generic-veth
 * chaining).
 * Everything that would make Cilium route, masquerade or guess devices itself is therefore off.
 */
export function ciliumValues(inputs: PlatformInputs): Values {
  const { podNetworkPlugin: plugin } = inputs;
  return {
    kubeProxyReplacement: true,
    // KubePrism: the local balancer of every Talos node, there before any Service works
    k8sServiceHost: "localhost",
    k8sServicePort: 7445,
    cgroup: { autoMount: { enabled: false }, hostRoot: "/sys/fs/cgroup" },
    securityContext: {
      capabilities: {
        ciliumAgent: AGENT_CAPABILITIES,
        cleanCiliumState: ["NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE"],
      },
    },
    cni: {
      chainingMode: "generic-veth",
      ...(plugin === undefined ? {} : { chainingTarget: plugin.name }),
      customConf: true,
      configMap: CNI_CONFIG_MAP,
      // Multus adds its own configuration beside this one; an exclusive Cilium would rename it away
      exclusive: false,
    },
    routingMode: "native",
    ipam: { mode: "kubernetes" },
    enableIPv4Masquerade: false,
    enableIPv6Masquerade: false,
    bpf: { masquerade: false },
    autoDirectNodeRoutes: false,
    enableIdentityMark: false,
    daemon: { enableSourceIPVerification: false },
    // machines count as what their addresses are: policies of the platform name the networks of the API servers
    policyCIDRMatchMode: ["nodes"],
    ...(plugin === undefined ? {} : { devices: plugin.devices.join(" ") }),
    forceDeviceDetection: true,
    // sockets of a virtual machine are in its own kernel: addresses of Services are translated packet by packet in pods
    socketLB: { hostNamespaceOnly: true },
    sctp: { enabled: true },
    // Talos' own firewall closes the machines; this one, without a policy for them, only drops their IPv6
    hostFirewall: { enabled: false },
    loadBalancer: { algorithm: "maglev", serviceTopology: true },
    hubble: { enabled: false },
    envoy: { enabled: true, resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } } },
    rollOutCiliumPods: true,
    operator: {
      replicas: copies(inputs),
      rollOutPods: true,
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
      ...budget(inputs),
    },
    // nothing here terminates TLS for others: no namespace of copied Secrets, no right to read those of everybody
    tls: { secretsNamespace: { create: false }, secretSync: { enabled: false } },
    ingressController: { secretsNamespace: { create: false, sync: false } },
    gatewayAPI: { secretsNamespace: { create: false, sync: false } },
    envoyConfig: { secretsNamespace: { create: false } },
    // Talos ends processes of cgroups without a memory limit first when a node runs out of memory
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "4Gi" } },
    initResources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } },
    ...(inputs.needed.has("service-announcements") ? announcements(inputs) : {}),
    ...(inputs.needed.has("flow-logs") ? { hubble: flowLogs(inputs) } : {}),
  };
}

function announcements({ settings }: PlatformInputs): Values {
  return settings.networking.bgp === undefined
    ? ANNOUNCEMENTS
    : { bgpControlPlane: { enabled: true, secretsNamespace: { create: false, name: AGENTS } } };
}

/**
 * Every agent keeps the last flows of its node; the relay asks all of them. Certificates are those of the cloud's own
 * authority, which is there later than the agents: they start without, and the relay waits for its own.
 */
function flowLogs(inputs: PlatformInputs): Values {
  return {
    enabled: true,
    tls: { enabled: true, auto: { enabled: false }, server: { existingSecret: FLOW_CERTIFICATES.agents } },
    relay: {
      enabled: true,
      replicas: copies(inputs),
      rollOutPods: true,
      tls: { client: { existingSecret: FLOW_CERTIFICATES.relay } },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
      // of the container; the chart's own is non-root, without capabilities
      securityContext: { readOnlyRootFilesystem: true },
      ...budget(inputs),
      ...apart(inputs, { copies: copies(inputs), matchLabels: { "k8s-app": "hubble-relay" } }),
    },
    ui: { enabled: false },
  };
}

/**
 * Agents answer ARP for addresses of Services. Each holds a Lease per Service while it does: upstream asks for more
 * requests to the API than the default ten a second.
 */
const ANNOUNCEMENTS: Values = { l2announcements: { enabled: true }, k8sClientRateLimit: { qps: 30, burst: 60 } };

/** The chain, as the kubelet runs it: the network plugs the pod in, portmap serves host ports, Cilium attaches programs. */
export function cniChain({ podNetworkPlugin }: PlatformInputs): object {
  return {
    name: "generic-veth",
    cniVersion: "0.3.1",
    plugins: [
      ...(podNetworkPlugin === undefined ? [] : [podNetworkPlugin.plugin]),
      { type: "portmap", snat: true, capabilities: { portMappings: true } },
      { type: "cilium-cni" },
    ],
  };
}
