import type { MachineDeploymentSpec, MachineHealthCheckSpec } from "./kinds/cluster-api";
import type { Manifest } from "../kubernetes/manifest";
import { contentName, objectName } from "../core/names";
import type { NodeChanges } from "./addon";
import { CLUSTER_LABEL, namespaceOf, POOL_LABEL, tenantLabels } from "./names";
import { allocatable, allocatableDisk } from "./allocatable";
import { bootstrapOf, type BootstrapSpec } from "./bootstrap";
import type { BootstrapTemplate } from "./bootstrap/bootstrap";
import { type MachineSpec, machineTemplate } from "./infrastructure";
import type { MachineTemplate } from "./infrastructure/infrastructure";
import { awaited, emptied } from "./life";
import { nodeLabels, pairs, taintText } from "./node-registration";
import { healthCheckSpec, remediation } from "./remediation";
import { bootSeconds, rolledOut, rollSeconds } from "./roll-out";
import type { NodePool, Tenant } from "./settings";

export interface NodePoolPlan {
  readonly machineTemplate: MachineTemplate<MachineSpec>;
  readonly bootstrapTemplate: BootstrapTemplate<BootstrapSpec>;
  readonly machineDeployment: Manifest<MachineDeploymentSpec>;
  readonly healthCheck: Manifest<MachineHealthCheckSpec>;
  /** Kubernetes version of its machines. */
  readonly version: string;
  /** The longest that a new pool may take, in seconds. */
  readonly bootSeconds: number;
  /** The longest that replacing or removing all its machines may take, in seconds. */
  readonly rollSeconds: number;
}

/** A pool and what add-ons change in its nodes, under the name of its objects. */
interface Pool extends NodePool, Required<Pick<NodeChanges, "annotations" | "kubeletArgs">> {
  readonly objects: string;
  readonly readyLater: boolean;
}

/**
 * Plans a pool. Its two templates carry a hash of their content in their names: a change makes a new template, to which
 * the MachineDeployment rolls; no change renames anything.
 *
 * @param changes what add-ons change in its nodes; where they set the same label as the pool, theirs stays.
 */
export function planNodePool(
  tenant: Tenant,
  poolName: string,
  given: NodePool,
  changes: readonly NodeChanges[] = [],
): NodePoolPlan {
  const name = objectName(tenant.name, poolName);
  const pool = changed(name, tenant.hibernated ? emptied(given) : given, changes);
  const labels = { ...tenantLabels(tenant.name), [CLUSTER_LABEL]: tenant.name };
  const machines = machineTemplate(tenant, poolName, pool);
  const { template, version } = bootstrapOf(pool);
  const bootstrap = template.spec(tenant, pool);
  const bootstrapTemplate = contentName(bootstrap, tenant.name, poolName);
  const named = (own: string) => ({ name: own, namespace: namespaceOf(tenant.name), labels });
  return {
    machineTemplate: machines,
    bootstrapTemplate: {
      apiVersion: template.apiVersion,
      kind: template.kind,
      metadata: named(bootstrapTemplate),
      spec: bootstrap,
    },
    machineDeployment: {
      metadata: { ...named(name), annotations: { ...deploymentAnnotations(tenant, pool), ...pool.annotations } },
      spec: deploymentSpec(tenant, pool, { machines, bootstrapTemplate }),
    },
    healthCheck: { metadata: named(name), spec: healthCheckSpec(tenant, pool) },
    version: String(version(pool, tenant.kubernetesVersion)),
    bootSeconds: bootSeconds(pool),
    rollSeconds: rollSeconds(pool),
  };
}

function changed(objects: string, pool: NodePool, changes: readonly NodeChanges[]): Pool {
  const merged = <Key extends "labels" | "annotations" | "kubeletArgs">(key: Key) =>
    Object.assign({}, ...changes.map((change) => change[key])) as Record<string, string>;
  return {
    ...pool,
    objects,
    labels: { ...pool.labels, ...merged("labels") },
    taints: [...pool.taints, ...changes.flatMap(({ taints = [] }) => taints)],
    annotations: merged("annotations"),
    kubeletArgs: merged("kubeletArgs"),
    readyLater: changes.some(({ readyLater }) => readyLater),
  };
}

/**
 * Annotations of a MachineDeployment: what a deployment waits for and, for the autoscaler, bounds and what a machine
 * will be, without which it cannot scale up from none.
 */
function deploymentAnnotations(tenant: Tenant, pool: Pool): Record<string, string> {
  const { autoscaling, disk, gpus, labels, taints } = pool;
  const gate = awaited(tenant, rolledOut(pool));
  if (autoscaling === undefined) return gate;
  const group = "cluster.x-k8s.io/cluster-api-autoscaler-node-group";
  const capacity = "capacity.cluster-autoscaler.kubernetes.io";
  const nodes = pairs(labels);
  const { cpu, memory } = allocatable(pool);
  const { maxPods } = pool.kubelet;
  return {
    ...gate,
    [`${group}-min-size`]: String(autoscaling.min),
    [`${group}-max-size`]: String(autoscaling.max),
    [`${capacity}/cpu`]: cpu,
    [`${capacity}/memory`]: memory,
    ...(gpus === undefined
      ? {}
      : { [`${capacity}/gpu-type`]: gpus.resource, [`${capacity}/gpu-count`]: String(gpus.count) }),
    ...(maxPods === undefined ? {} : { [`${capacity}/maxPods`]: String(maxPods) }),
    ...(disk === undefined ? {} : { [`${capacity}/ephemeral-disk`]: allocatableDisk(disk.size) }),
    ...(nodes === "" ? {} : { [`${capacity}/labels`]: nodes }),
    ...(taints.length === 0 ? {} : { [`${capacity}/taints`]: taints.map(taintText).join(",") }),
  };
}

function deploymentSpec(
  { name, kubernetesVersion }: Tenant,
  pool: Pool,
  templates: { readonly machines: NodePoolPlan["machineTemplate"]; readonly bootstrapTemplate: string },
): MachineDeploymentSpec {
  const { objects, autoscaling, replicas = 0, labels, drainTimeoutSeconds, deletionOrder } = pool;
  const { template, version } = bootstrapOf(pool);
  const selected = { [CLUSTER_LABEL]: name, [POOL_LABEL]: objects };
  return {
    clusterName: name,
    ...(autoscaling === undefined ? { replicas } : {}),
    selector: { matchLabels: selected },
    rollout: { strategy: strategyOf(pool) },
    remediation: remediation(pool),
    ...(deletionOrder === undefined ? {} : { deletion: { order: deletionOrder } }),
    template: {
      metadata: { labels: { ...selected, ...nodeLabels(labels).machine } },
      spec: {
        clusterName: name,
        version: String(version(pool, kubernetesVersion)),
        bootstrap: {
          configRef: {
            apiGroup: "bootstrap.cluster.x-k8s.io",
            kind: template.kind,
            name: templates.bootstrapTemplate,
          },
        },
        infrastructureRef: {
          apiGroup: "infrastructure.cluster.x-k8s.io",
          kind: templates.machines.kind,
          name: templates.machines.metadata.name,
        },
        // zero, the default of Cluster API, would wait for ever for a pod that refuses to go
        deletion: {
          nodeDrainTimeoutSeconds: drainTimeoutSeconds,
          nodeVolumeDetachTimeoutSeconds: 300,
          nodeDeletionTimeoutSeconds: 60,
        },
      },
    },
  };
}

function strategyOf({ rollout: { strategy, maxSurge, maxUnavailable } }: Pool) {
  if (strategy === "OnDelete") return { type: strategy };
  return { type: strategy, rollingUpdate: { maxSurge, maxUnavailable } };
}
