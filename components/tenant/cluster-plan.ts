import type { Manifest } from "../kubernetes/manifest";
import type { TenantAddon } from "./addon";
import { controlPlaneOf, type ControlPlaneSpec } from "./control-planes";
import type { PlannedControlPlane } from "./control-planes/control-plane-kind";
import { infrastructureCluster } from "./infrastructure";
import type { InfrastructureCluster } from "./infrastructure/infrastructure";
import type { ClusterSpec } from "./kinds/cluster-api";
import { tenantMetadata } from "./names";
import { API_PORT } from "./ports";
import type { Tenant } from "./settings";

export interface ClusterPlan extends PlannedControlPlane<ControlPlaneSpec> {
  readonly cluster: Manifest<ClusterSpec>;
  readonly infrastructure: InfrastructureCluster;
  /** Secret that holds the administrator's kubeconfig under the key `value`, once the control plane is ready. */
  readonly kubeconfigSecret: string;
}

/** The cluster, its control plane and its infrastructure, all three of one name in one namespace. */
export function planCluster(tenant: Tenant, addons: readonly TenantAddon[] = []): ClusterPlan {
  const infrastructure = infrastructureCluster(tenant);
  const planned: PlannedControlPlane<ControlPlaneSpec> = controlPlaneOf(tenant).plan(tenant, addons);
  return {
    // The provider deletes in the foreground by default: the garbage collector then takes control plane, infrastructure
    // and templates away at once, beneath Cluster API, whose machines cannot be deleted without them.
    cluster: {
      metadata: {
        ...tenantMetadata(tenant.name, tenant.name),
        annotations: { "pulumi.com/deletionPropagationPolicy": "background" },
      },
      // never an explicit false: it would stay in the object for ever
      spec: {
        ...clusterSpec(tenant, planned.controlPlane.kind, infrastructure.kind),
        ...(tenant.paused ? { paused: true } : {}),
      },
    },
    infrastructure,
    ...planned,
    kubeconfigSecret: `${tenant.name}-kubeconfig`,
  };
}

function clusterSpec({ name, network, controlPlane }: Tenant, controlPlaneKind: string, machines: string): ClusterSpec {
  const { provider, kubeadm } = controlPlane;
  return {
    clusterNetwork: {
      // where each API server answers: a load balancer before machines may have another port, they have not
      apiServerPort:
        provider === "kubeadm" && kubeadm?.endpoint.heldBy === "kube-vip" ? kubeadm.endpoint.port : API_PORT,
      pods: { cidrBlocks: [String(network.podCidr)] },
      services: { cidrBlocks: [String(network.serviceCidr)] },
      serviceDomain: network.dnsDomain,
    },
    controlPlaneRef: { apiGroup: "controlplane.cluster.x-k8s.io", kind: controlPlaneKind, name },
    infrastructureRef: { apiGroup: "infrastructure.cluster.x-k8s.io", kind: machines, name },
  };
}
