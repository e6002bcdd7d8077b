import { objectName } from "../../../core/names";
import { mirrored } from "../../../kubernetes/image-mirror";
import type { TenantAddon } from "../../addon";
import { infrastructureOf } from "../../infrastructure";
import type { Tenant } from "../../settings";
import { chartOf } from "../chart-of";
import { CHART_EXEMPTIONS } from "./exemptions";

const IMAGE = "ghcr.io/postfinance/kubelet-csr-approver";
const LABELS = {
  "app.kubernetes.io/name": "kubelet-csr-approver",
  "app.kubernetes.io/instance": "kubelet-csr-approver",
};

/** Kubernetes signs what kubelets ask for once it is approved, and approves certificates of clients only. */
export const kubeletCertificates: TenantAddon<"kubeletCertificates"> = {
  name: "kubeletCertificates",
  description: "Certificates of the cluster's authority for kubelets, renewed by themselves (kubelet-csr-approver).",
  provides: ["kubelet-certificates"],
  needs: ["pod-network"],
  charts: [
    {
      chart: "kubelet-csr-approver",
      images: [IMAGE],
      sandbox: {
        workloads: [
          { kind: "Deployment", name: "kubelet-csr-approver", labels: LABELS, replicas: "{{ .Values.replicas }}" },
        ],
      },
    },
  ],
  exemptions: { "kube-system/kubelet-csr-approver": CHART_EXEMPTIONS },
  kubelets: () => ({ "rotate-server-certificates": "true" }),
  cluster: (tenant) => ({
    releases: [
      {
        suffix: "kubelet-certificates",
        name: "kubelet-csr-approver",
        namespace: "kube-system",
        chart: chartOf(tenant, "kubelet-csr-approver"),
        values: () => values(tenant),
        notAwaited: "its pods wait for nodes, of which a tenant may have none",
      },
    ],
    objects: [],
  }),
};

function values(tenant: Tenant): Record<string, unknown> {
  return {
    image: { repository: mirrored(IMAGE, tenant.platform.mirror.images) },
    replicas: tenant.tier === "production" ? 2 : 1,
    // A kubelet can ask in its own name only, and an address of a node is one of a pod of the management cluster. No DNS
    // knows the names of machines.
    providerRegex: machineNames(tenant),
    providerIpPrefixes: addresses(tenant),
    bypassDnsResolution: true,
    priorityClassName: "system-cluster-critical",
    resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: LABELS } },
          },
        ],
      },
    },
  };
}

/** Cluster API (1.13.5) cuts the names that it derives others from to 58 characters, and adds five. */
const KEPT = 58;

/** Names of machines, and with them of nodes, begin with that of their pool. */
function machineNames(tenant: Tenant): string {
  const { name, nodePools } = tenant;
  // machines of a control plane are nodes too
  const own = tenant.controlPlane.kubeadm === undefined ? [] : [name];
  const pools = [...Object.keys(nodePools).map((pool) => objectName(name, pool)), ...own].map((each) =>
    `${each}-`.slice(0, KEPT),
  );
  // an empty value would let every name in
  return pools.length === 0 ? "^$" : `^(${pools.sort().join("|")})[a-z0-9-]+$`;
}

function addresses(tenant: Tenant): string[] {
  return infrastructureOf(tenant).networks(tenant).map(String).sort();
}
