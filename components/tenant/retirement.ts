import * as pulumi from "@pulumi/pulumi";

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
 * deployment with another tier takes the protection away.
 */
export class Retirement extends pulumi.ComponentResource {
  constructor(tenant: string, { protect, after }: RetirementParts, opts?: pulumi.ComponentResourceOptions) {
    const name = `${tenant}-retire-with-tier-development`;
    super("firmament:tenant:Retirement", name, {}, { ...opts, protect, dependsOn: after });
    this.registerOutputs();
  }
}
