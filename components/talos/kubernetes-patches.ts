import type { Problem } from "../core/problem";
import { quantity } from "../core/quantity";
import { ETCD_BACKUP } from "../kubernetes/etcd-backup";
import { auditProblems } from "../kubernetes/audit-policy";
import { givenTexts, reserveOf, thresholdsOf } from "../kubernetes/kubelet";
import { oidcFlags } from "../kubernetes/oidc-flags";
import { auditPolicy } from "./audit-policy";
import { flagProblems } from "./component-flags";
import type { BaseSettings, Machine } from "./settings";
import type { Kubernetes } from "./settings/kubernetes";

type Given = Pick<BaseSettings, "kubernetes">;

/** API servers do not run as root: what they read lies in a folder of its own (Talos 1.13.0: user 65534). */
const OIDC_FOLDER = "/var/lib/oidc";
const OIDC_CA = `${OIDC_FOLDER}/ca.pem`;

/** Fields of `cluster` that settings of Kubernetes decide, on control planes. */
export function controlPlaneSettings({ kubernetes }: Given): Readonly<Record<"apiServer" | "etcd", object>> & object {
  const { apiServer, controllerManager, scheduler } = kubernetes;
  const gates = gatesFlag(kubernetes);
  return {
    apiServer: {
      ...auditPolicy(apiServer.audit),
      ...extraArgs({ ...gates, ...oidcFlags(apiServer.oidc, OIDC_CA), ...apiServer.extraArgs }),
      ...(apiServer.oidc?.ca === undefined
        ? {}
        : { extraVolumes: [{ hostPath: OIDC_FOLDER, mountPath: OIDC_FOLDER, readonly: true }] }),
    },
    ...section("controllerManager", extraArgs({ ...gates, ...controllerManager.extraArgs })),
    ...section("scheduler", extraArgs({ ...gates, ...scheduler.extraArgs })),
    etcd: extraArgs(etcdFlags(kubernetes.etcd)),
  };
}

/** Fields of `machine.features` on control planes: who in the cluster gets credentials of the Talos API, and for what. */
export function controlPlaneFeatures({ kubernetes: { etcd } }: Given): object {
  if (!etcd.backups) return {};
  return {
    kubernetesTalosAPIAccess: {
      enabled: true,
      allowedRoles: [ETCD_BACKUP.role],
      allowedKubernetesNamespaces: [ETCD_BACKUP.namespace],
    },
  };
}

/** Files that control planes need for these settings. */
export function controlPlaneFiles({ kubernetes: { apiServer } }: Given): object[] {
  const content = apiServer.oidc?.ca;
  return content === undefined ? [] : [{ path: OIDC_CA, op: "create", permissions: 0o644, content }];
}

/**
 * Fields of `machine.kubelet`. Where one reserve or threshold is given, Talos and kubelets leave out what they would
 * have for the others, so that all are named then (Talos 1.13.0: kubelet_spec.go; Kubernetes 1.34).
 */
export function kubeletSettings({ kubernetes }: Given, { role }: Pick<Machine, "role">): KubeletSettings {
  const { maxPods, systemReserved, kubeReserved, evictionHard, extraArgs: args } = kubernetes.kubelet;
  const gates = kubernetes.featureGates;
  const system = {
    cpu: "50m",
    memory: role === "controlplane" ? "512Mi" : "384Mi",
    "ephemeral-storage": "256Mi",
    pid: "100",
  };
  return {
    extraConfig: {
      ...(maxPods === undefined ? {} : { maxPods }),
      ...(systemReserved === undefined ? {} : { systemReserved: { ...system, ...reserveOf(systemReserved) } }),
      ...(kubeReserved === undefined ? {} : { kubeReserved: reserveOf(kubeReserved) }),
      ...(evictionHard === undefined ? {} : { evictionHard: thresholdsOf(evictionHard) }),
      ...(Object.keys(gates).length === 0 ? {} : { featureGates: gates }),
    },
    ...extraArgs(args),
  };
}

interface KubeletSettings {
  readonly extraConfig: object;
  readonly extraArgs?: object;
}

function gatesFlag({ featureGates }: Kubernetes): Record<string, string> {
  const gates = Object.entries(featureGates).map(([gate, on]) => `${gate}=${on}`);
  return gates.length === 0 ? {} : { "feature-gates": gates.sort().join(",") };
}

function etcdFlags({ quota, heartbeatInterval, electionTimeout, extraArgs: args }: Kubernetes["etcd"]): object {
  return {
    ...givenTexts({
      "quota-backend-bytes": quota === undefined ? undefined : quantity(quota),
      "heartbeat-interval": heartbeatInterval,
      "election-timeout": electionTimeout,
    }),
    ...args,
  };
}

function extraArgs(args: object): { readonly extraArgs?: object } {
  return Object.keys(args).length === 0 ? {} : { extraArgs: args };
}

function section(name: string, content: object): object {
  return Object.keys(content).length === 0 ? {} : { [name]: content };
}

/** Settings with which a part of Kubernetes would not start, would not be safe, or would not do what they say. */
export function kubernetesProblems(base: BaseSettings): Problem[] {
  return [
    ...auditProblems("base.kubernetes.apiServer.audit", base.kubernetes.apiServer.audit),
    ...flagProblems(base),
    ...etcdProblems(base),
  ];
}

/** etcd exits where the time for an election is less than five signs of life (etcd 3.6). */
function etcdProblems({ kubernetes: { etcd } }: BaseSettings): Problem[] {
  const { heartbeatInterval = 100, electionTimeout = 1000 } = etcd;
  if (electionTimeout >= 5 * heartbeatInterval) return [];
  return [
    {
      where: "base.kubernetes.etcd.electionTimeout",
      given: String(electionTimeout),
      rule: `must be five times heartbeatInterval, which is ${heartbeatInterval}, or more: etcd would not start`,
      fix: `raise it to ${10 * heartbeatInterval}, or lower heartbeatInterval`,
    },
  ];
}
