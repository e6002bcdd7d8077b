import { mirrored } from "../../../kubernetes/image-mirror";
import type { ApiAddress, TenantAddon } from "../../addon";
import { mtuOf, OVERHEAD, tunnelProblems } from "../tunnel";
import { CHART_EXEMPTIONS } from "./exemptions";
import type { Tenant } from "../../settings";

/** The pod network of a tenant, which also stands for kube-proxy. */
export const cilium: TenantAddon<"cilium"> = {
  name: "cilium",
  description: "Pod network, network policies and Services (Cilium instead of kube-proxy).",
  provides: ["pod-network", "service-proxy"],
  needs: [],
  check: (tenant) => tunnelProblems("tenant.addons.cilium", tenant, tenant.addons.cilium),
  exemptions: { "kube-system/cilium": CHART_EXEMPTIONS },
  cluster: (tenant) => ({
    releases: [
      {
        suffix: "cni",
        name: "cilium",
        namespace: "kube-system",
        chart: tenant.platform.podNetwork,
        values: (api) => ciliumValues(tenant, api),
        notAwaited: "its pods wait for nodes, which wait for the network",
      },
    ],
    objects: [],
  }),
};

/**
 * Values of Cilium inside a tenant, which reaches the API without Services: it is what provides them. Pods of the tenant
 * travel through pods of the management cluster: the tunnel takes a port and a packet size that fit into the outer
 * network's own tunnel (VXLAN in VXLAN on one port is dropped).
 */
function ciliumValues(tenant: Tenant, { host, port }: ApiAddress): Record<string, unknown> {
  const { images } = tenant.platform.mirror;
  const { cilium: own } = tenant.addons;
  return {
    kubeProxyReplacement: true,
    k8sServiceHost: host,
    k8sServicePort: port,
    // nodes get their slice of the pod network from the control plane, which knows it already
    ipam: { mode: "kubernetes" },
    routingMode: "tunnel",
    tunnelProtocol: "vxlan",
    tunnelPort: own.tunnelPort,
    // that of the network beneath: Cilium takes the tunnel off itself (1.19.5, pkg/mtu)
    MTU: mtuOf(tenant, own) + OVERHEAD,
    enableIPv4Masquerade: true,
    hubble: { enabled: false },
    envoy: { enabled: false },
    // no namespace of copied Secrets: nothing here terminates TLS for others
    tls: { secretsNamespace: { create: false }, secretSync: { enabled: false } },
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    initResources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } },
    operator: {
      replicas: 1,
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      ...image("quay.io/cilium/operator", images),
    },
    ...image("quay.io/cilium/cilium", images),
  };
}

/** A mirror has its own digests where it repacks images; the version is pinned by the chart's. */
function image(repository: string, mirror: string | undefined): object {
  return mirror === undefined ? {} : { image: { repository: mirrored(repository, mirror), useDigest: false } };
}
