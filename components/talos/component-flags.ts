import type { Problem } from "../core/problem";
import type { BaseSettings } from "./settings";

/** Why a flag is not for the stack file: what decides it instead, or what is wrong with it. */
type Reason = { readonly use: string } | "Talos" | "weak";

/** Flags by name, `*` for any rest of it. */
type Reasons = Readonly<Record<string, Reason>>;

const GATES: Reasons = { "feature-gates": { use: "base.kubernetes.featureGates" } };
const CONFIDENTIAL: Reasons = {
  profiling: "weak",
  "contention-profiling": "weak",
  "authorization-always-allow-paths": "weak",
};
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
    ...CONFIDENTIAL,
    "audit-policy-file": { use: "base.kubernetes.apiServer.audit" },
    "audit-log-path": { use: "base.kubernetes.apiServer.audit" },
    "oidc-*": { use: "base.kubernetes.apiServer.oidc" },
    "authentication-config": { use: "base.kubernetes.apiServer.oidc" },
    "service-cluster-ip-range": { use: "base.network.serviceCidrs" },
    "advertise-address": { use: "base.network.nodeCidrs" },
    "anonymous-auth": "weak",
    "authorization-mode": "weak",
    "authorization-webhook-*": "weak",
    "token-auth-file": "weak",
    "basic-auth-file": "weak",
    "insecure-*": "weak",
    "debug-socket-path": "weak",
    "disable-admission-plugins": "weak",
    "service-account-lookup": "weak",
    "service-account-extend-token-expiration": "weak",
    "tls-cipher-suites": "weak",
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
    ...CONFIDENTIAL,
    ...OWN_KUBECONFIG,
    "cluster-cidr": { use: "base.network.podCidrs" },
    "service-cluster-ip-range": { use: "base.network.serviceCidrs" },
    "use-service-account-credentials": "weak",
    "cluster-signing-*": "Talos",
    "root-ca-file": "Talos",
    "service-account-private-key-file": "Talos",
    "tls-*": "Talos",
  },
  scheduler: { ...GATES, ...CONFIDENTIAL, ...OWN_KUBECONFIG, config: "Talos", "tls-*": "Talos" },
  kubelet: {
    ...GATES,
    ...CONFIDENTIAL,
    "cluster-domain": { use: "base.network.dnsDomain" },
    "eviction-hard": { use: "base.kubernetes.kubelet.evictionHard" },
    "hostname-override": { use: "the machine's name" },
    "kube-reserved": { use: "base.kubernetes.kubelet.kubeReserved" },
    "max-pods": { use: "base.kubernetes.kubelet.maxPods" },
    "node-ip": { use: "base.network.nodeCidrs" },
    "node-labels": { use: "labels of machines" },
    "system-reserved": { use: "base.kubernetes.kubelet.systemReserved" },
    "allowed-unsafe-sysctls": "weak",
    "anonymous-auth": "weak",
    "authentication-token-webhook": "weak",
    "authorization-mode": "weak",
    "enable-debugging-handlers": "weak",
    "manifest-url*": "weak",
    "pod-manifest-path": "weak",
    "protect-kernel-defaults": "weak",
    "read-only-port": "weak",
    "seccomp-default": "weak",
    "tls-cipher-suites": "weak",
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

/** Gates that take a protection away when they are off; `All…` switches on what is unfinished. */
const KEPT_ON = ["RotateKubeletServerCertificate", "PodSecurity", "LegacyServiceAccountTokenNoAutoGeneration"];

/** Flags and feature gates that are not for the stack file. */
export function flagProblems({ kubernetes }: BaseSettings): Problem[] {
  const components = Object.keys(REASONS) as Component[];
  return [
    ...components.flatMap((component) =>
      Object.entries(kubernetes[component].extraArgs).flatMap(([flag, value]) => problemOf(component, flag, value)),
    ),
    ...Object.entries(kubernetes.featureGates).flatMap(([gate, on]) => gateProblems(gate, on)),
  ];
}

function problemOf(component: Component, flag: string, given: string): Problem[] {
  const where = `base.kubernetes.${component}.extraArgs.${flag}`;
  const reasons: Reasons = REASONS[component];
  // the longest name that fits says most
  const [name] = Object.keys(reasons)
    .filter((each) => (each.endsWith("*") ? flag.startsWith(each.slice(0, -1)) : flag === each))
    .sort((one, other) => other.length - one.length);
  const reason = name === undefined ? undefined : reasons[name];
  if (reason === undefined) return valueProblems(where, flag, given);
  if (reason === "weak")
    return [{ where, given, rule: "weakens the cluster, or repeats what Talos sets", fix: "remove it" }];
  if (reason === "Talos")
    return [{ where, given, rule: "is set by Talos: the component would not start, or not work", fix: "remove it" }];
  return [{ where, given, rule: "is not for flags: settings decide it", fix: `use ${reason.use}` }];
}

function valueProblems(where: string, flag: string, given: string): Problem[] {
  if (flag === "enable-admission-plugins" && /(^|,)Always(Admit|Deny)(,|$)/.test(given))
    return [{ where, given, rule: "must decide something: AlwaysAdmit and AlwaysDeny do not", fix: "remove them" }];
  if (flag === "tls-min-version" && !/^VersionTLS1[23]$/.test(given))
    return [{ where, given, rule: "must be VersionTLS12 or VersionTLS13", fix: "correct it" }];
  return [];
}

function gateProblems(gate: string, on: boolean): Problem[] {
  const problem = { where: `base.kubernetes.featureGates.${gate}`, given: String(on), fix: "remove it" };
  if (gate === "AllAlpha" || gate === "AllBeta") {
    const fix = "name the gates that you need";
    return [{ ...problem, rule: "must be one gate: what is unfinished changes with every version", fix }];
  }
  return on || !KEPT_ON.includes(gate) ? [] : [{ ...problem, rule: "takes a protection away" }];
}
