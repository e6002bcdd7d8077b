import * as pulumi from "@pulumi/pulumi";
import { Addons } from "./addons";
import { ControlPlane } from "./control-plane";
import { Isolation } from "./isolation";
import { endpointOf } from "../kubernetes/kubeconfig";
import { NodePool } from "./node-pool";
import { type TenantClusterArgs, Tier } from "./tenant-args";
import { planTenant } from "./tenant-plan";

/**
 * A tenant's own Kubernetes cluster: control plane as pods, machines as virtual machines, in a namespace of the
 * management cluster that nothing leaves or enters unasked.
 *
 * Give it the management cluster's provider: `new TenantCluster("acme", args, { providers: [management] })`. It makes a
 * second provider for the tenant's API by itself.
 *
 * Deployed when the control plane runs the wanted version, the pod network is applied and all machines are available.
 * Deleted in the order that frees everything: the Cluster, whose controllers drain and delete what they own, then the
 * namespace with what guards it.
 *
 * Not part of it yet: cloud controller, CSI controller and autoscaler, one per tenant in the tenant's namespace. They
 * belong between the control plane and the machines.
 *
 * @throws InvalidInput with everything that is wrong with the arguments, before anything is registered.
 */
export class TenantCluster extends pulumi.ComponentResource {
  /** Administrator's kubeconfig; secret. */
  public readonly kubeconfig: pulumi.Output<string>;
  /** https URL of the Kubernetes API. */
  public readonly endpoint: pulumi.Output<string>;
  /** Namespace of the management cluster that holds the tenant. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: TenantClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planTenant(args);
    // index is the only module that a package of components may have
    super("firmament:index:TenantCluster", name, {}, opts);
    const protect = plan.spec.tier === Tier.Production;

    const isolation = new Isolation(name, { plan: plan.isolation, protect }, { parent: this });
    const after = [isolation.namespace, ...isolation.guards];
    const controlPlane = new ControlPlane(name, { plan, protect, after }, { parent: this });
    const { cluster, kubeconfig } = controlPlane;

    const api = pulumi.unsecret(kubeconfig).apply(endpointOf);
    const addons = new Addons(name, { plan, kubeconfig, api, cluster }, { parent: this });
    for (const pool of plan.nodePools) {
      const ready = [controlPlane.ready, addons.cni];
      new NodePool(`${name}-${pool.pool}`, { plan: pool, cluster, after: ready }, { parent: this });
    }

    this.kubeconfig = kubeconfig;
    this.endpoint = api.url;
    this.namespace = isolation.namespace.metadata.name;
    this.registerOutputs({ kubeconfig: this.kubeconfig, endpoint: this.endpoint, namespace: this.namespace });
  }
}
