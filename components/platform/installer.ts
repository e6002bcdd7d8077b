import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type ChartName, type NamespaceName, needsOf, type StageName, type StepName } from "./catalog";
import { helmRelease } from "./chart";
import { planBudgets, planNetworkPolicies } from "./guards-plan";
import type { PlatformPlan } from "./platform-plan";

/**
 * Turns the plan into resources in the order that the catalog asks for: whatever is installed depends on all that it
 * needs, and asking for something before its needs were asked for is a fault of the program.
 */
export class Installer {
  private readonly finished = new Map<StageName, readonly pulumi.Resource[]>();
  private readonly guards = new Map<NamespaceName, readonly pulumi.Resource[]>();
  private readonly namespaces = new Map<NamespaceName, k8s.core.v1.Namespace>();

  constructor(readonly plan: PlatformPlan) {}

  /** A namespace of the platform with what guards its pods; the first who asks becomes its parent. */
  namespace(name: NamespaceName, parent: pulumi.Resource): k8s.core.v1.Namespace {
    const present = this.namespaces.get(name);
    if (present !== undefined) return present;
    const metadata = this.plan.namespaces[name];
    const namespace = new k8s.core.v1.Namespace(`${name}-namespace`, { metadata }, { parent });
    this.namespaces.set(name, namespace);
    // they leave nothing behind outside the namespace, so they go with it and stay in force until it is gone
    const within = { parent, dependsOn: [namespace], deletedWith: namespace };
    this.guards.set(name, [
      ...planNetworkPolicies(name, this.plan.facts).map(
        (policy) => new k8s.networking.v1.NetworkPolicy(`${name}-${policy.metadata.name}`, policy, within),
      ),
      ...planBudgets(name, this.plan.facts).map(
        (budget) => new k8s.policy.v1.PodDisruptionBudget(`${budget.metadata.name}-budget`, budget, within),
      ),
    ]);
    return namespace;
  }

  /** @param also resources that the chart needs beside what the catalog says, e.g. a ConfigMap that its pods mount. */
  chart(name: ChartName, parent: pulumi.Resource, also: readonly pulumi.Resource[] = []): k8s.helm.v3.Release {
    const plan = this.plan.releases[name];
    const namespace = this.namespace(plan.namespace, parent);
    // on the release itself: what a component depends on, its children do not wait for
    const dependsOn = [namespace, ...(this.guards.get(plan.namespace) ?? []), ...also, ...this.needs(name)];
    const release = helmRelease(plan, this.plan.protect, { parent, dependsOn });
    this.finished.set(name, [release]);
    return release;
  }

  /** @param make makes the custom resources of the step; each has to depend on what it is given. */
  step<R extends pulumi.Resource>(name: StepName, make: (dependsOn: pulumi.Resource[]) => readonly R[]): readonly R[] {
    const resources = make(this.needs(name));
    this.finished.set(name, resources);
    return resources;
  }

  private needs(stage: StageName): pulumi.Resource[] {
    return needsOf(stage).flatMap((need) => {
      const resources = this.finished.get(need);
      if (resources === undefined) throw new Error(`${stage} needs ${need}, which comes later in the program`);
      return resources;
    });
  }
}
