import * as pulumi from "@pulumi/pulumi";
import { describe } from "../core/problem";
import { endpointOf } from "../kubernetes/kubeconfig";
import { ControlPlane } from "./control-plane";
import { deletionWatches, type Witness } from "./deletion/deletion-watches";
import { KeptVolumes } from "./deletion/kept-volumes";
import { Addons } from "./install-addons";
import { Isolation } from "./isolation";
import { NodePool } from "./node-pool";
import { retirements } from "./retirement";
import type { TenantPlan } from "./tenant-plan";

/** Type of the component that a tenant's resources are children of; index is the only module that packages may have. */
export const TENANT_TYPE = "firmament:index:TenantCluster";

/** What a tenant's cluster gives to the next layer. */
export interface TenantOutputs {
  /** Administrator's kubeconfig; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** https URL of the Kubernetes API. */
  readonly endpoint: pulumi.Output<string>;
  /** Namespace of the management cluster that holds the tenant. */
  readonly namespace: pulumi.Output<string>;
  /** Version of each pool's machines, by its name, once all of them have it. */
  readonly nodeVersions: pulumi.Output<Readonly<Record<string, string>>>;
}

/**
 * Makes the resources of a plan.
 *
 * @param witness says what is in the way of a deletion. Default: nobody does.
 */
export function tenantResources(
  name: string,
  plan: TenantPlan,
  parent: pulumi.Resource,
  witness?: Witness,
): TenantOutputs {
  const { tier, hibernated } = plan.tenant;
  const protect = tier === "production";
  for (const notice of plan.notices) void pulumi.log.warn(describe(notice).trim(), parent);

  const isolation = new Isolation(name, { plan: plan.isolation, protect }, { parent });
  const after = [isolation.namespace, ...isolation.restrictions];
  const controlPlane = new ControlPlane(name, { plan, protect, after }, { parent });
  const { cluster } = controlPlane;
  const poolsAfter = (before: pulumi.Resource[]) =>
    plan.nodePools.map(
      (pool) => new NodePool(`${name}-${pool.pool}`, { plan: pool, cluster, after: before }, { parent }),
    );
  // machines leave while their API answers: it drains them, and forgets their nodes
  const emptied = hibernated ? poolsAfter([]) : [];
  const { kubeconfig, ready } = controlPlane.serve(emptied);

  const api = pulumi.unsecret(kubeconfig).apply(endpointOf);
  const { namespace } = isolation;
  const addons = new Addons(name, { plan, kubeconfig, api, cluster, namespace, after: [ready] }, { parent });
  const pools = hibernated ? emptied : poolsAfter([ready, ...addons.neededByMachines]);
  const watches =
    witness === undefined
      ? []
      : deletionWatches(witness, { tenant: plan.tenant.name, isolation, beforeCluster: after }, parent);
  const retentions = plan.addons.flatMap(({ retention }) => retention ?? []);
  const all = [isolation, controlPlane, addons, ...pools, ...watches];
  const keeping = witness !== undefined && retentions.some(({ keepsVolumes }) => keepsVolumes === true);
  const kept = keeping
    ? [new KeptVolumes(plan.tenant.name, witness.client, { parent, provider: witness.commands, dependsOn: all })]
    : [];
  // a component on its own has nobody who would keep them
  const guarded = retentions.map(({ setting, protect: always, keepsVolumes = false }) => ({
    setting,
    protect: always || (keepsVolumes && !keeping),
  }));
  retirements(name, plan.tenant, guarded, [...all, ...kept], parent);
  const nodeVersions = pulumi
    .all(pools.map(({ version }) => version))
    .apply((versions) => Object.fromEntries(plan.nodePools.map(({ pool }, index) => [pool, versions[index] ?? ""])));
  return { kubeconfig, endpoint: api.url, namespace: namespace.metadata.name, nodeVersions };
}

/** A tenant's cluster whose settings have been parsed: what TenantCluster is to those who have only arguments. */
export class PlannedTenant extends pulumi.ComponentResource {
  readonly outputs: TenantOutputs;

  constructor(name: string, plan: TenantPlan, opts?: pulumi.ComponentResourceOptions, witness?: Witness) {
    super(TENANT_TYPE, name, {}, opts);
    this.outputs = tenantResources(name, plan, this, witness);
    this.registerOutputs(this.outputs);
  }
}
