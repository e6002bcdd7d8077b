import type { KubeadmConfigTemplateSpec, MachineDeploymentSpec, MachineHealthCheckSpec } from "./kinds/cluster-api";
import type { KubevirtMachineTemplateSpec, VirtualMachineSpec } from "./kinds/kubevirt-infrastructure";
import type { Manifest } from "../kubernetes/manifest";
import { contentName, objectName } from "../core/names";
import { mirrored } from "../kubernetes/image-mirror";
import { CLUSTER_LABEL, POOL_LABEL, tenantLabels } from "./labels";
import { nodeLabels } from "./node-labels";
import type { NodePoolSpec, TenantSpec } from "./tenant-spec";

export interface NodePoolPlan {
  readonly machineTemplate: Manifest<KubevirtMachineTemplateSpec>;
  readonly bootstrapTemplate: Manifest<KubeadmConfigTemplateSpec>;
  readonly machineDeployment: Manifest<MachineDeploymentSpec>;
  readonly healthCheck: Manifest<MachineHealthCheckSpec>;
}

type Tenant = Pick<TenantSpec, "cluster" | "namespace" | "version" | "imageRegistry">;

/** Pulling a container disk can take longer than the ten minutes that Cluster API grants by default. */
const NODE_STARTUP_SECONDS = 1200;

/**
 * Plans a pool. Its two templates carry a hash of their content in their names: a change makes a new template, to which
 * the MachineDeployment rolls; no change renames anything.
 */
export function planNodePool(tenant: Tenant, pool: NodePoolSpec): NodePoolPlan {
  const { cluster, namespace } = tenant;
  const name = objectName(cluster, pool.name);
  const labels = { ...tenantLabels(cluster), [CLUSTER_LABEL]: cluster };
  const machines = machineTemplateSpec(tenant, pool, name);
  const bootstrap = bootstrapTemplateSpec(pool);
  const machineTemplate = contentName(machines, cluster, pool.name);
  const bootstrapTemplate = contentName(bootstrap, cluster, pool.name);
  const named = (own: string) => ({ name: own, namespace, labels });
  return {
    machineTemplate: { metadata: named(machineTemplate), spec: machines },
    bootstrapTemplate: { metadata: named(bootstrapTemplate), spec: bootstrap },
    machineDeployment: {
      metadata: { ...named(name), annotations: deploymentAnnotations(pool) },
      spec: deploymentSpec(tenant, pool, { name, machineTemplate, bootstrapTemplate }),
    },
    healthCheck: { metadata: named(name), spec: healthCheckSpec(cluster, pool, name) },
  };
}

function machineTemplateSpec(tenant: Tenant, pool: NodePoolSpec, poolName: string): KubevirtMachineTemplateSpec {
  return {
    template: {
      spec: {
        virtualMachineBootstrapCheck: { checkStrategy: "none" },
        virtualMachineTemplate: {
          metadata: { namespace: tenant.namespace },
          spec: virtualMachine(tenant, pool, poolName),
        },
      },
    },
  };
}

function virtualMachine({ cluster, imageRegistry }: Tenant, pool: NodePoolSpec, poolName: string): VirtualMachineSpec {
  return {
    runStrategy: "Always",
    template: {
      metadata: {
        labels: { ...tenantLabels(cluster), [POOL_LABEL]: poolName },
        annotations: { "kubevirt.io/allow-pod-bridge-network-live-migration": "true" },
      },
      spec: {
        domain: {
          cpu: { cores: pool.cpus, sockets: 1, threads: 1 },
          memory: { guest: pool.memory },
          // limits are written down so that the namespace's defaults, made for small helpers, never apply; requests
          // for cores stay with the platform's overcommit
          resources: { limits: { cpu: String(pool.cpus), memory: pool.memory } },
          devices: {
            disks: [{ name: "root", disk: { bus: "virtio" } }],
            // masquerade would give every machine one and the same address, and every kubelet would register it
            interfaces: [{ name: "default", model: "virtio", bridge: {} }],
            rng: {},
          },
        },
        // the infrastructure provider drains the guest's node before its virtual machine goes
        evictionStrategy: "External",
        networks: [{ name: "default", pod: {} }],
        terminationGracePeriodSeconds: 180,
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { [POOL_LABEL]: poolName } },
          },
        ],
        volumes: [{ name: "root", containerDisk: { image: mirrored(pool.image, imageRegistry) } }],
      },
    },
  };
}

/** No `cloud-provider: external`: its taint is only ever removed by a cloud controller, and none is deployed. */
function bootstrapTemplateSpec({ labels }: NodePoolSpec): KubeadmConfigTemplateSpec {
  const { kubelet } = nodeLabels(labels);
  const text = Object.entries(kubelet).map(([key, value]) => `${key}=${value}`);
  return {
    template: {
      spec: {
        joinConfiguration: {
          nodeRegistration: {
            criSocket: "unix:///var/run/containerd/containerd.sock",
            ...(text.length === 0 ? {} : { kubeletExtraArgs: [{ name: "node-labels", value: text.join(",") }] }),
          },
        },
      },
    },
  };
}

/**
 * Annotations of a MachineDeployment: what a deployment waits for and, for the autoscaler, bounds and the size of a
 * machine, without which it cannot scale up from none.
 */
function deploymentAnnotations(pool: NodePoolSpec): Record<string, string> {
  const gate = { "pulumi.com/waitFor": JSON.stringify(["condition=Available", "condition=MachinesUpToDate"]) };
  if (!("max" in pool.size)) return gate;
  const autoscaler = "cluster.x-k8s.io/cluster-api-autoscaler-node-group";
  const capacity = "capacity.cluster-autoscaler.kubernetes.io";
  return {
    ...gate,
    [`${autoscaler}-min-size`]: String(pool.size.min),
    [`${autoscaler}-max-size`]: String(pool.size.max),
    [`${capacity}/cpu`]: String(pool.cpus),
    [`${capacity}/memory`]: pool.memory,
  };
}

function deploymentSpec(
  { cluster, version }: Tenant,
  { size, labels }: NodePoolSpec,
  names: { readonly name: string; readonly machineTemplate: string; readonly bootstrapTemplate: string },
): MachineDeploymentSpec {
  const selected = { [CLUSTER_LABEL]: cluster, [POOL_LABEL]: names.name };
  return {
    clusterName: cluster,
    ...("max" in size ? {} : { replicas: size.replicas }),
    selector: { matchLabels: selected },
    rollout: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
    template: {
      metadata: { labels: { ...selected, ...nodeLabels(labels).machine } },
      spec: {
        clusterName: cluster,
        version: String(version),
        bootstrap: {
          configRef: {
            apiGroup: "bootstrap.cluster.x-k8s.io",
            kind: "KubeadmConfigTemplate",
            name: names.bootstrapTemplate,
          },
        },
        infrastructureRef: {
          apiGroup: "infrastructure.cluster.x-k8s.io",
          kind: "KubevirtMachineTemplate",
          name: names.machineTemplate,
        },
        // zero, the default, would wait for ever for a pod that refuses to go
        deletion: {
          nodeDrainTimeoutSeconds: 600,
          nodeVolumeDetachTimeoutSeconds: 300,
          nodeDeletionTimeoutSeconds: 60,
        },
      },
    },
  };
}

function healthCheckSpec(cluster: string, { size }: NodePoolSpec, name: string): MachineHealthCheckSpec {
  return {
    clusterName: cluster,
    selector: { matchLabels: { [CLUSTER_LABEL]: cluster, [POOL_LABEL]: name } },
    checks: {
      nodeStartupTimeoutSeconds: NODE_STARTUP_SECONDS,
      unhealthyNodeConditions: [
        { type: "Ready", status: "Unknown", timeoutSeconds: 300 },
        { type: "Ready", status: "False", timeoutSeconds: 600 },
      ],
    },
    // above this many it is not the machines: an outage of the API must not replace them all. A percentage rounds
    // down, to never for pools of one or two.
    remediation: {
      triggerIf: {
        unhealthyLessThanOrEqualTo: "max" in size ? "40%" : Math.max(1, Math.floor(0.4 * size.replicas)),
      },
    },
  };
}
