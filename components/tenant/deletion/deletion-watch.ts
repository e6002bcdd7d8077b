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
  /** Path of the object whose end is waited for. */
  readonly until: string;
  /** How long that may take. */
  readonly seconds: number;
}

const PATIENCE: Patience = { poll: 3, first: 30, again: 120, idle: 90 };

/**
 * Looks on while something of a tenant is deleted, and says what is in the way: without it, a deletion that waits for a
 * finalizer says nothing for 20 minutes, and then not which. It looks when it is deleted itself, and does nothing when it is
 * created.
 *
 * The engine deletes in steps, each when the one before has ended: first what nothing depends on. In which step something is
 * deleted is decided by what it depends on: a watch has to depend on what the object depends on whose end it waits for,
 * and is deleted beside it then.
 */
export class DeletionWatch extends command.local.Command {
  constructor(
    name: string,
    { client, namespace, until, seconds }: DeletionWatchArgs,
    opts: pulumi.CustomResourceOptions,
  ) {
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
          KUBE_UNTIL: until,
          KUBE_SECONDS: String(seconds),
          KUBE_CA: api.caCertificate,
          KUBE_CERT: api.clientCertificate,
          KUBE_KEY: pulumi.secret(api.clientKey),
        },
      },
      opts,
    );
  }
}
