import { mirrored } from "../../../kubernetes/image-mirror";
import type { ApiAddress, TenantAddon } from "../../addon";
import type { Tenant } from "../../settings";
import { chartOf } from "../chart-of";
import { mtuOf, tunnelProblems } from "../tunnel";
import { CHART_EXEMPTIONS } from "./exemptions";

const REGISTRY = "quay.io";

/** The pod network for those who know Calico; Services are kube-proxy's. */
export const calico: TenantAddon<"calico"> = {
  name: "calico",
  description: "Pod network and network policies (Calico, by its operator), instead of Cilium.",
  provides: ["pod-network"],
  needs: [],
  check: (tenant) => tunnelProblems("tenant.addons.calico", tenant, tenant.addons.calico),
  charts: [
    {
      chart: "tigera-operator",
      images: [`${REGISTRY}/tigera/operator`, `${REGISTRY}/calico`],
      sandbox: {
        workloads: [
          {
            kind: "Deployment",
            name: "tigera-operator",
            labels: { "k8s-app": "tigera-operator", name: "tigera-operator" },
            host: true,
          },
        ],
      },
    },
  ],
  exemptions: { "tigera-operator/calico": CHART_EXEMPTIONS },
  cluster: (tenant) => ({
    releases: [
      {
        suffix: "calico",
        name: "calico",
        namespace: "tigera-operator",
        createNamespace: true,
        chart: chartOf(tenant, "tigera-operator"),
        values: (api) => values(tenant, api),
        notAwaited: "its pods wait for nodes, which wait for the network",
      },
    ],
    objects: [],
  }),
};

/** Nothing but the network: no API server, no flow logs, no CSI driver. Addresses and tunnel are within the management cluster's pod network. */
function values(tenant: Tenant, { host, port }: ApiAddress): Record<string, unknown> {
  const { images } = tenant.platform.mirror;
  const registry = mirrored(REGISTRY, images);
  return {
    installation: {
      enabled: true,
      ...(images === undefined ? {} : { registry: `${registry}/` }),
      kubeletVolumePluginPath: "None",
      controlPlaneReplicas: tenant.tier === "production" ? 2 : 1,
      cni: { type: "Calico" },
      calicoNetwork: {
        bgp: "Disabled",
        mtu: mtuOf(tenant, tenant.addons.calico),
        nodeAddressAutodetectionV4: { kubernetes: "NodeInternalIP" },
        ipPools: [
          {
            name: "default-ipv4-ippool",
            cidr: String(tenant.network.podCidr),
            encapsulation: "VXLAN",
            natOutgoing: "Enabled",
            nodeSelector: "all()",
          },
        ],
      },
    },
    defaultFelixConfiguration: { enabled: true, vxlanPort: tenant.addons.calico.tunnelPort },
    apiServer: { enabled: false },
    goldmane: { enabled: false },
    whisker: { enabled: false },
    // the operator makes the network that Services need
    kubernetesServiceEndpoint: { host, port },
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    ...(images === undefined ? {} : { tigeraOperator: { registry } }),
  };
}
