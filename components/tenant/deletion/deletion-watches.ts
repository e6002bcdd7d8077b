import type * as pulumi from "@pulumi/pulumi";
import type { ApiClient } from "../../kubernetes/kubeconfig";
import type { Isolation } from "../isolation";
import { namespaceOf } from "../names";
import { DeletionWatch } from "./deletion-watch";

/** What looks on while a tenant is deleted: a provider of commands, and a way to the management cluster for them. */
export interface Witness {
  readonly commands: pulumi.ProviderResource;
  readonly client: pulumi.Input<ApiClient>;
}

export interface DeletionWatchesParts {
  readonly tenant: string;
  readonly isolation: Isolation;
  /** All that the Cluster depends on. */
  readonly beforeCluster: readonly pulumi.Resource[];
}

/** As long as the engine waits for a Cluster, and its provider for a namespace. */
const SECONDS = { cluster: 1200, namespace: 600 };

/** Two watches: beside the Cluster, with all that its controllers delete, and beside the namespace, with all the rest. */
export function deletionWatches(
  { commands, client }: Witness,
  { tenant, isolation, beforeCluster }: DeletionWatchesParts,
  parent: pulumi.Resource,
): DeletionWatch[] {
  const namespace = namespaceOf(tenant);
  const space = `/api/v1/namespaces/${namespace}`;
  const cluster = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${namespace}/clusters/${tenant}`;
  // the namespace depends on what it is made with, and on nothing else
  const management = isolation.getProvider("kubernetes:core/v1:Namespace");
  return [
    new DeletionWatch(
      `${tenant}-deletion`,
      { client, namespace, until: cluster, seconds: SECONDS.cluster },
      { parent, provider: commands, dependsOn: [...beforeCluster] },
    ),
    new DeletionWatch(
      `${tenant}-namespace-deletion`,
      { client, namespace, until: space, seconds: SECONDS.namespace },
      { parent: isolation, provider: commands, dependsOn: management === undefined ? [] : [management] },
    ),
  ];
}
