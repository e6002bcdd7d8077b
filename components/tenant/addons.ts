import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { cniValues } from "./addons-plan";
import type { Endpoint } from "../kubernetes/kubeconfig";
import { Tier } from "./tenant-args";
import type { TenantPlan } from "./tenant-plan";

export interface AddonsArgs {
  readonly plan: Pick<TenantPlan, "spec" | "cni" | "storageClass">;
  /** Administrator's kubeconfig of the tenant; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly api: pulumi.Output<Endpoint>;
  /** The Cluster in whose state the tenant's objects live: they are gone with it. */
  readonly cluster: pulumi.Resource;
}

/** What a tenant finds in its own Kubernetes API: the pod network and a StorageClass. */
export class Addons extends pulumi.ComponentResource {
  /** The pod network, applied. Not yet running: its pods wait for nodes, which in turn wait for them. */
  readonly cni: k8s.helm.v3.Release;

  constructor(name: string, { plan, kubeconfig, api, cluster }: AddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:tenant:Addons", name, {}, opts);
    const { spec, cni, storageClass } = plan;
    const provider = new k8s.Provider(
      `${name}-api`,
      {
        kubeconfig: pulumi.secret(kubeconfig),
        // without it a rotated certificate or a new address would replace the provider and everything behind it
        clusterIdentifier: `${spec.namespace}/${spec.cluster}`,
        // what is left to delete when the tenant's API is gone has been deleted with it
        deleteUnreachable: true,
      },
      { parent: this },
    );
    const inside = { parent: this, provider, deletedWith: cluster };
    const protect = spec.tier === Tier.Production;
    this.cni = new k8s.helm.v3.Release(
      `${name}-cni`,
      {
        ...cni,
        // field by field: what does not depend on the address of the API is known before there is one
        values: cniValues(spec, { host: api.host, port: api.port }),
        skipAwait: true,
        description: "not awaited: its pods wait for nodes, which wait for the network",
        // a failed first attempt must not uninstall the network beneath running nodes, only what it newly made
        atomic: false,
        cleanupOnFail: true,
        maxHistory: 5,
      },
      inside,
    );
    new k8s.storage.v1.StorageClass(`${name}-storage`, storageClass, { ...inside, protect });
    this.registerOutputs();
  }
}
