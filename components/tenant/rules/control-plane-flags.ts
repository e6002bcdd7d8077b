import type { Problem } from "../../core/problem";
import { flagsProblems, type Reason, type Reasons, WEAK } from "../../kubernetes/flag-reasons";
import type { Tenant } from "../settings";

const SETTINGS = "tenant.controlPlane";

const OWN_KUBECONFIG: Reasons = {
  kubeconfig: "Kamaji",
  "authentication-kubeconfig": "Kamaji",
  "authorization-kubeconfig": "Kamaji",
  "bind-address": "Kamaji",
  "leader-elect": "Kamaji",
  "secure-port": "Kamaji",
  "tls-cert-file": "Kamaji",
  "tls-private-key-file": "Kamaji",
};

/**
 * Flags that settings decide, that weaken a cluster, or that Kamaji sets (26.8.2: controlplane/deployment.go). Kamaji's own
 * win over those of API server and scheduler, and lose to those of the controller manager, which would then not start.
 */
const REASONS = {
  apiServer: {
    ...WEAK.apiServer,
    "audit-policy-file": { use: `${SETTINGS}.audit` },
    "audit-log-path": { use: `${SETTINGS}.audit` },
    "audit-webhook-*": { use: `${SETTINGS}.audit` },
    "oidc-*": { use: `${SETTINGS}.oidc` },
    "authentication-config": { use: `${SETTINGS}.authentication` },
    "enable-admission-plugins": { use: `${SETTINGS}.admission` },
    "service-cluster-ip-range": { use: "tenant.network.serviceCidr" },
    // from Kubernetes 1.33 on no API server knows it, and none starts with it
    "cloud-provider": { use: "tenant.addons" },
    "cloud-config": { use: "tenant.addons" },
    "authorization-config": "weak",
    "admission-control-config-file": "Kamaji",
    "advertise-address": "Kamaji",
    "allow-privileged": "Kamaji",
    "api-audiences": "Kamaji",
    "bind-address": "Kamaji",
    "client-ca-file": "Kamaji",
    "egress-selector-config-file": "Kamaji",
    "enable-bootstrap-token-auth": "Kamaji",
    "encryption-provider-config*": "Kamaji",
    "endpoint-reconciler-type": "Kamaji",
    "etcd-*": "Kamaji",
    "external-hostname": { use: `${SETTINGS}.certSANs` },
    "kubelet-*": "Kamaji",
    "proxy-client-*": "Kamaji",
    "requestheader-*": "Kamaji",
    "secure-port": "Kamaji",
    "service-account-*": "Kamaji",
    "storage-backend": "Kamaji",
    "tls-cert-file": "Kamaji",
    "tls-private-key-file": "Kamaji",
    "tls-sni-cert-key": "Kamaji",
    "tracing-config-file": "Kamaji",
  },
  controllerManager: {
    ...WEAK.controllerManager,
    ...OWN_KUBECONFIG,
    "allocate-node-cidrs": "Kamaji",
    "client-ca-file": "Kamaji",
    "cluster-cidr": { use: "tenant.network.podCidr" },
    "cluster-name": "Kamaji",
    "cluster-signing-*": "Kamaji",
    controllers: "Kamaji",
    "node-cidr-mask-size*": { use: "tenant.network.podCidr" },
    "requestheader-*": "Kamaji",
    "root-ca-file": "Kamaji",
    "service-account-private-key-file": "Kamaji",
    "service-cluster-ip-range": { use: "tenant.network.serviceCidr" },
    "cloud-config": { use: "tenant.addons" },
    "external-cloud-volume-plugin": { use: "tenant.addons" },
  },
  scheduler: { ...WEAK.scheduler, ...OWN_KUBECONFIG, config: "Kamaji" },
} satisfies Readonly<Record<string, Reasons>>;

/** What sets flags, by what runs the control plane. */
const SET_BY = { kamaji: "Kamaji", kubeadm: "kubeadm" } as const;

/** Flags of the control plane that are not for the stack file. */
export function controlPlaneFlagProblems({ controlPlane }: Tenant): Problem[] {
  const owner = SET_BY[controlPlane.provider];
  const components = Object.keys(REASONS) as (keyof typeof REASONS)[];
  return components.flatMap((component) =>
    flagsProblems(
      `${SETTINGS}.${component}.extraArgs`,
      { owner, reasons: setBy(owner, REASONS[component]) },
      controlPlane[component].extraArgs,
    ),
  );
}

/** Both set the same flags: what a control plane is wired together by. */
function setBy(owner: Reason, reasons: Reasons): Reasons {
  return Object.fromEntries(
    Object.entries(reasons).map(([flag, reason]) => [flag, reason === "Kamaji" ? owner : reason]),
  );
}
