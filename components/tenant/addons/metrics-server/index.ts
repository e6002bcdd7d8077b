import { mirrored } from "../../../kubernetes/image-mirror";
import type { TenantAddon } from "../../addon";
import type { Tenant } from "../../settings";
import { chartOf } from "../chart-of";
import { CHART_EXEMPTIONS } from "./exemptions";

const IMAGE = "registry.k8s.io/metrics-server/metrics-server";
const LABELS = { "app.kubernetes.io/name": "metrics-server", "app.kubernetes.io/instance": "metrics-server" };

/** What `kubectl top` and HorizontalPodAutoscalers ask. */
export const metricsServer: TenantAddon<"metricsServer"> = {
  name: "metricsServer",
  description: "Usage of nodes and pods, for kubectl top and HorizontalPodAutoscalers (metrics-server).",
  provides: [],
  needs: ["pod-network"],
  check: ({ addons }, provided) => {
    if (addons.metricsServer.insecureKubelets || provided.has("kubelet-certificates")) return [];
    const rule = "kubelets must have certificates that it can verify, or be measured without";
    const fix = "enable tenant.addons.kubeletCertificates, or set insecureKubelets to true, or enabled to false";
    return [{ where: "tenant.addons.metricsServer", given: "no add-on approves certificates of kubelets", rule, fix }];
  },
  charts: [
    {
      chart: "metrics-server",
      images: [IMAGE],
      sandbox: {
        workloads: [{ kind: "Deployment", name: "metrics-server", labels: LABELS, replicas: "{{ .Values.replicas }}" }],
      },
    },
  ],
  exemptions: { "kube-system/metrics-server": CHART_EXEMPTIONS },
  cluster: (tenant) => ({
    releases: [
      {
        suffix: "metrics-server",
        name: "metrics-server",
        namespace: "kube-system",
        chart: chartOf(tenant, "metrics-server"),
        values: () => values(tenant),
        notAwaited: "its pods wait for nodes, of which a tenant may have none",
      },
    ],
    objects: [],
  }),
};

function values({ tier, network, addons, platform }: Tenant): Record<string, unknown> {
  const copies = tier === "production" ? 2 : 1;
  return {
    image: { repository: mirrored(IMAGE, platform.mirror.images) },
    replicas: copies,
    ...(copies === 1 ? {} : { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } }),
    // The API server verifies it by a certificate that the chart makes once and finds again by lookup: the chart's year
    // would end without anybody who renews it.
    tls: { type: "helm", clusterDomain: network.dnsDomain, helm: { lookup: true, certDurationDays: 3650 } },
    apiService: { insecureSkipTLSVerify: false },
    // else it verifies them by the cluster's authority, as every pod does the API server
    args: addons.metricsServer.insecureKubelets ? ["--kubelet-insecure-tls"] : [],
    resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { memory: "512Mi" } },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: LABELS },
      },
    ],
  };
}
