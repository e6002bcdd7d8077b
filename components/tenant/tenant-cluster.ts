import * as pulumi from "@pulumi/pulumi";
import type { TenantClusterArgs } from "./args.generated";
import { parseTenant } from "./parse";
import { planTenant } from "./tenant-plan";
import { TENANT_TYPE, tenantResources } from "./tenant-resources";

/**
 * A tenant's own Kubernetes cluster: control plane as pods, machines as virtual machines, in a namespace of the
 * management cluster that nothing leaves or enters unasked.
 *
 * Give it the management cluster's provider: `new TenantCluster("acme", args, { providers: [management] })`. It makes a
 * second provider for the tenant's API by itself. Arguments are plain values, not inputs: a preview then says which
 * machines roll, and contradictions are refused before anything is created.
 *
 * Deployed when the control plane runs the wanted version, the pod network is applied and all machines are available.
 * Deleted in the order that frees everything: the Cluster, whose controllers drain and delete what they own, then the
 * namespace with its quota and network policies.
 *
 * Controllers of add-ons (addons/) run in the tenant's namespace, with rights of their own in both clusters.
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
    const plan = planTenant(parseTenant(args));
    super(TENANT_TYPE, name, {}, opts);
    const { kubeconfig, endpoint, namespace } = tenantResources(name, plan, this);
    this.kubeconfig = kubeconfig;
    this.endpoint = endpoint;
    this.namespace = namespace;
    this.registerOutputs({ kubeconfig, endpoint, namespace });
  }
}
