import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectResource } from "../kubernetes/object-resource";
import type { TenantPlan } from "./tenant-plan";

/** A tenant's namespace in the management cluster, with its quota, its defaults and its closed network. */
export class Isolation extends pulumi.ComponentResource {
  readonly namespace: k8s.core.v1.Namespace;
  /** Quota, limits and network policies: in force before anything runs in the namespace. */
  readonly restrictions: pulumi.Resource[];

  constructor(
    name: string,
    args: { readonly plan: TenantPlan["isolation"]; readonly protect: boolean },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("firmament:tenant:Isolation", name, {}, opts);
    const { plan, protect } = args;
    this.namespace = new k8s.core.v1.Namespace(`${name}-namespace`, plan.namespace, { parent: this, protect });

    // they leave nothing behind outside the namespace, so they go with it and stay in force until it is gone
    const within = { parent: this, dependsOn: [this.namespace], deletedWith: this.namespace };
    this.restrictions = [
      new k8s.core.v1.ResourceQuota(`${name}-quota`, plan.quota, within),
      new k8s.core.v1.LimitRange(`${name}-limits`, plan.limits, within),
      ...plan.networkPolicies.map((policy) => objectResource(`${name}-${policy.metadata.name}`, policy, within)),
    ];
    this.registerOutputs();
  }
}
