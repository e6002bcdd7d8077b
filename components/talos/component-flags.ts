import type { Problem } from "../core/problem";
import { flagsProblems, gateProblems, type Reasons, WEAK } from "../kubernetes/flag-reasons";
import type { BaseSettings } from "./settings";

const GATES: Reasons = { "feature-gates": { use: "base.kubernetes.featureGates" } };
const OWN_KUBECONFIG: Reasons = {
  kubeconfig: "Talos",
  "authentication-kubeconfig": "Talos",
  "authorization-kubeconfig": "Talos",
};

/**
 * What Talos denies itself it denies when the machine has the configuration: the component then does not start, and
 * only the machine's log says so (Talos 1.13.0: control_plane_static_pod.go, kubelet_spec.go, etcd.go).
 */
const REASONS = {
  apiServer: {
    ...GATES,
    ...WEAK.apiServer,
    "audit-policy-file": { use: "base.kubernetes.apiServer.audit" },
    "audit-log-path": { use: "base.kubernetes.apiServer.audit" },
    "oidc-*": { use: "base.kubernetes.apiServer.oidc" },
    "authentication-config": { use: "base.kubernetes.apiServer.oidc" },
    "service-cluster-ip-range": { use: "base.network.serviceCidrs" },
    "advertise-address": { use: "base.network.nodeCidrs" },
    "authorization-config": "Talos",
    "admission-control-config-file": "Talos",
    "allow-privileged": "Talos",
    "api-audiences": "Talos",
    "bind-address": "Talos",
    "client-ca-file": "Talos",
    "enable-bootstrap-token-auth": "Talos",
    "encryption-provider-config*": "Talos",
    "etcd-*": "Talos",
    "kubelet-*": "Talos",
    "proxy-client-*": "Talos",
    "requestheader-*": "Talos",
    "secure-port": "Talos",
    "service-account-*": "Talos",
    "tls-cert-file": "Talos",
    "tls-private-key-file": "Talos",
    "tls-sni-cert-key": "Talos",
  },
  controllerManager: {
    ...GATES,
    ...WEAK.controllerManager,
    ...OWN_KUBECONFIG,
    "cluster-cidr": { use: "base.network.podCidrs" },
    "service-cluster-ip-range": { use: "base.network.serviceCidrs" },
    "cluster-signing-*": "Talos",
    "root-ca-file": "Talos",
    "service-account-private-key-file": "Talos",
    "tls-*": "Talos",
  },
  scheduler: { ...GATES, ...WEAK.scheduler, ...OWN_KUBECONFIG, config: "Talos", "tls-*": "Talos" },
  kubelet: {
    ...GATES,
    ...WEAK.kubelet,
    "cluster-domain": { use: "base.network.dnsDomain" },
    "eviction-hard": { use: "base.kubernetes.kubelet.evictionHard" },
    "hostname-override": { use: "the machine's name" },
    "kube-reserved": { use: "base.kubernetes.kubelet.kubeReserved" },
    "max-pods": { use: "base.kubernetes.kubelet.maxPods" },
    "node-ip": { use: "base.network.nodeCidrs" },
    "node-labels": { use: "labels of machines" },
    "system-reserved": { use: "base.kubernetes.kubelet.systemReserved" },
    "bootstrap-kubeconfig": "Talos",
    "cert-dir": "Talos",
    "cgroup-root": "Talos",
    "client-ca-file": "Talos",
    config: "Talos",
    "container-runtime*": "Talos",
    kubeconfig: "Talos",
    "kubelet-cgroups": "Talos",
    "pod-max-pids": "Talos",
    port: "Talos",
    "rotate-certificates": "Talos",
    "system-cgroups": "Talos",
    "tls-cert-file": "Talos",
    "tls-private-key-file": "Talos",
  },
  etcd: {
    "quota-backend-bytes": { use: "base.kubernetes.etcd.quota" },
    "heartbeat-interval": { use: "base.kubernetes.etcd.heartbeatInterval" },
    "election-timeout": { use: "base.kubernetes.etcd.electionTimeout" },
    "cipher-suites": "weak",
    "enable-pprof": "weak",
    "force-new-cluster*": "weak",
    "unsafe-*": "weak",
    "advertise-client-urls": { use: "base.network.nodeCidrs" },
    "auto-tls": "Talos",
    "cert-file": "Talos",
    "client-*": "Talos",
    "data-dir": "Talos",
    "discovery*": "Talos",
    "experimental-compact-hash-check-enabled": "Talos",
    "experimental-initial-corrupt-check": "Talos",
    "experimental-watch-progress-notify-interval": "Talos",
    "initial-*": "Talos",
    "key-file": "Talos",
    "listen-client-*": { use: "base.network.nodeCidrs" },
    "listen-peer-*": { use: "base.network.nodeCidrs" },
    name: "Talos",
    "peer-*": "Talos",
    "trusted-ca-file": "Talos",
    "wal-dir": "Talos",
  },
} satisfies Readonly<Record<string, Reasons>>;

type Component = keyof typeof REASONS;

/** Flags and feature gates that are not for the stack file. */
export function flagProblems({ kubernetes }: BaseSettings): Problem[] {
  const components = Object.keys(REASONS) as Component[];
  return [
    ...components.flatMap((component) =>
      flagsProblems(
        `base.kubernetes.${component}.extraArgs`,
        { owner: "Talos", reasons: REASONS[component] },
        kubernetes[component].extraArgs,
      ),
    ),
    ...Object.entries(kubernetes.featureGates).flatMap(([gate, on]) =>
      gateProblems(`base.kubernetes.featureGates.${gate}`, gate, on),
    ),
  ];
}
