import { KubernetesVersion } from "../core/version";
import type { Values } from "./common-settings";
import type { ManagementCluster, PlatformInputs } from "./component";

/** Port of webhooks of controllers that are built with controller-runtime. */
export const CONTROLLER_RUNTIME_WEBHOOK = 9443;

/** Memory limits everywhere: Talos ends processes of cgroups without one first when a node runs out of memory. */
export const SMALL = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } } as const;

/** What no controller needs: system calls outside the runtime's list, and more rights than it was started with. */
export const FILTERED = { seccompProfile: { type: "RuntimeDefault" } } as const;
export const CONFINED = {
  ...FILTERED,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
} as const;

/** Copies of a controller that can run more than once: two where the loss of a machine must go unnoticed. */
export function copies({ settings }: PlatformInputs): number {
  return settings.tier === "production" ? 2 : 1;
}

/** One of several copies at a time may be taken away; of a single copy, the only one. */
export function budget(inputs: PlatformInputs): Values {
  return copies(inputs) > 1 ? { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } } : {};
}

/** Names of the machines that pods without tolerations run on: control planes only where there is nothing else, as in Talos. */
export function workloadMachines({ machines }: ManagementCluster): readonly string[] {
  const all = Object.entries(machines);
  const workers = all.filter(([, { role }]) => role === "worker");
  return (workers.length > 0 ? workers : all).map(([name]) => name);
}

/** How many copies there are, and by which labels of their pods they are known. */
export interface Copies {
  readonly copies: number;
  readonly matchLabels: Readonly<Record<string, string>>;
  /**
   * Copies that an update starts before it ends others: 1 for a Deployment, 0 for a StatefulSet. Without a machine for
   * them an update would never end. Default: 1.
   */
  readonly surge?: number;
}

/**
 * An affinity that puts every copy on a machine of its own: by all means where there are machines enough, also during an
 * update, and otherwise as far as possible. Without it the scheduler may put all of them on one machine, where a volume
 * of that machine keeps them.
 */
export function apart({ management }: PlatformInputs, { copies, matchLabels, surge = 1 }: Copies): Values {
  if (copies < 2) return {};
  const term = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels } };
  const suffice = workloadMachines(management).length >= copies + surge;
  const podAntiAffinity = suffice
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
  return { affinity: { podAntiAffinity } };
}

/** v1.34: the minor that Pod Security levels are pinned to, so that an upgrade does not change their meaning unseen. */
export function podSecurityVersion({ management }: PlatformInputs): string {
  return `v1.${KubernetesVersion.parse(management.kubernetesVersion).minor}`;
}

/** Label that Kamaji puts on the pods of a tenant's control plane. */
export const TENANT_CONTROL_PLANE_LABEL = "kamaji.clastix.io/name";
