import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../kubernetes/node-program";
import { namespaceOf } from "../names";
import type { Witness } from "./deletion-watches";
import { keepVolumes } from "./keep-volumes";

/**
 * Keeps the volumes of a tenant when it is deleted. It does so when it is deleted itself, so it has to depend on all
 * that the tenant consists of: the engine deletes first what nothing depends on, and nothing else until that has ended.
 */
export class KeptVolumes extends command.local.Command {
  constructor(tenant: string, client: Witness["client"], opts: pulumi.CustomResourceOptions) {
    const api = pulumi.output(client);
    super(
      `${tenant}-keeps-volumes`,
      {
        delete: "keep the volumes of the tenant",
        // the same for every tenant: policies list its digest
        ...nodeProgram(`(${keepVolumes.toString()})()`),
        environment: {
          KUBE_HOST: api.host,
          KUBE_NAMESPACE: namespaceOf(tenant),
          KUBE_CLUSTER: tenant,
          KUBE_CA: api.caCertificate,
          KUBE_CERT: api.clientCertificate,
          KUBE_KEY: pulumi.secret(api.clientKey),
        },
      },
      opts,
    );
  }
}
