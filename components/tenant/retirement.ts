import * as pulumi from "@pulumi/pulumi";
import type { Retention } from "./addon";
import type { Tenant } from "./settings";

export interface RetirementParts {
  readonly protect: boolean;
  /** All else that a tenant consists of. */
  readonly after: pulumi.Resource[];
}

/**
 * Where the removal of a tenant begins: it depends on all the rest, so the engine comes to it first. Of a production
 * tenant it is protected, and a `pulumi destroy` ends there, before anything has left the state. Protection of the Cluster
 * alone comes too late for that: what is deleted with the Cluster has been dropped from the state by then.
 *
 * The engine's message holds its name, which is why that says what to do. It makes nothing, and can always be there: a
 * deployment with another tier takes the protection away. Add-ons that hold data have one of their own.
 */
class Retirement extends pulumi.ComponentResource {
  constructor(name: string, { protect, after }: RetirementParts, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:tenant:Retirement", name, {}, { ...opts, protect, dependsOn: after });
    this.registerOutputs();
  }
}

/**
 * What stands before the removal of a tenant: its tier, that nothing of a paused cluster is ever deleted, and data that
 * add-ons hold.
 */
export function retirements(
  tenant: string,
  { tier, paused }: Pick<Tenant, "tier" | "paused">,
  retentions: readonly Retention[],
  after: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  new Retirement(`${tenant}-retire-with-tier-development`, { protect: tier === "production", after }, { parent });
  new Retirement(`${tenant}-retire-with-paused-false`, { protect: paused, after }, { parent });
  for (const { setting, protect } of retentions) {
    new Retirement(`${tenant}-retire-with-${setting}`, { protect, after }, { parent });
  }
}
