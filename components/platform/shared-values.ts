import { KubernetesVersion } from "../core/version";
import type { Values } from "./common-settings";
import type { PlatformInputs } from "./component";

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

/** v1.34: the minor that Pod Security levels are pinned to, so that an upgrade does not change their meaning unseen. */
export function podSecurityVersion({ management }: PlatformInputs): string {
  return `v1.${KubernetesVersion.parse(management.kubernetesVersion).minor}`;
}

/** Label that Kamaji puts on the pods of a tenant's control plane. */
export const TENANT_CONTROL_PLANE_LABEL = "kamaji.clastix.io/name";
