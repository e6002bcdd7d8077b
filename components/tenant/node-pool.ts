import * as pulumi from "@pulumi/pulumi";
import { objectResource } from "../kubernetes/object-resource";
import { MachineDeployment, MachineHealthCheck } from "./kinds/cluster-api";
import type { NodePoolPlan } from "./node-pool-plan";

export interface NodePoolParts {
  readonly plan: NodePoolPlan;
  /** The Cluster whose removal removes the pool: Cluster API deletes its machines in order, then its templates. */
  readonly cluster: pulumi.Resource;
  /** What must be there before machines boot: the control plane, and the pod network without which no node is ready. */
  readonly after: pulumi.Resource[];
}

/**
 * A pool of worker machines. Its deployment ends when all its machines are available and of the wanted kind, and no other
 * is left. The engine removes a template that has been replaced after that, as the last thing of a deployment: by then no
 * MachineSet that has machines refers to it.
 */
export class NodePool extends pulumi.ComponentResource {
  /** Kubernetes version of its machines, when all of them have it. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, { plan, cluster, after }: NodePoolParts, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:tenant:NodePool", name, {}, opts);

    // Without deletedWith, a destroy would take templates and machines away beneath the Cluster's own deletion
    // (cluster-api#13536). A pool that goes alone is deleted by itself, machines first.
    const within = { parent: this, deletedWith: cluster };
    const templates = [
      objectResource(`${name}-machine`, plan.machineTemplate, { ...within, dependsOn: [cluster] }),
      objectResource(`${name}-bootstrap`, plan.bootstrapTemplate, { ...within, dependsOn: [cluster] }),
    ];
    const [booted, rolled] = [`${plan.bootSeconds}s`, `${plan.rollSeconds}s`];
    const machines = new MachineDeployment(`${name}-machines`, plan.machineDeployment, {
      ...within,
      dependsOn: [...templates, ...after],
      customTimeouts: { create: booted, update: rolled, delete: rolled },
    });
    new MachineHealthCheck(`${name}-health`, plan.healthCheck, { ...within, dependsOn: [machines] });
    this.version = machines.id.apply(() => plan.version);
    this.registerOutputs();
  }
}
