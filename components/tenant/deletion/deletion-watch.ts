import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ApiClient } from "../../kubernetes/kubeconfig";
import { nodeProgram } from "../../kubernetes/node-program";
import { FINALIZER_OWNERS } from "./owners";
import { type Patience, reportWaiting } from "./report-waiting";

export interface DeletionWatchArgs {
  /** How to reach the API of the management cluster. */
  readonly client: pulumi.Input<ApiClient>;
  /** Namespace of the tenant. */
  readonly namespace: string;
}

/** The Cluster has 20 minutes to go, its namespace ten more. */
const PATIENCE: Patience = { poll: 3, first: 30, again: 120, idle: 90, most: 1800 };

/**
 * Looks on while a tenant is deleted, and says what is in the way: without it, a deletion that waits for a finalizer says
 * nothing for 20 minutes, and then not which. Depends on nothing, so that it is deleted, which is when it looks, beside all
 * the rest. It does nothing when it is created.
 */
export class DeletionWatch extends command.local.Command {
  constructor(name: string, { client, namespace }: DeletionWatchArgs, opts: pulumi.CustomResourceOptions) {
    const api = pulumi.output(client);
    const args = [PATIENCE, FINALIZER_OWNERS].map((each) => JSON.stringify(each)).join(", ");
    super(
      name,
      {
        delete: "say what is in the way of the deletion",
        // the same for every tenant: policies list its digest
        ...nodeProgram(`(${reportWaiting.toString()})(${args})`),
        environment: {
          KUBE_HOST: api.host,
          KUBE_NAMESPACE: namespace,
          KUBE_CA: api.caCertificate,
          KUBE_CERT: api.clientCertificate,
          KUBE_KEY: pulumi.secret(api.clientKey),
        },
      },
      opts,
    );
  }
}
