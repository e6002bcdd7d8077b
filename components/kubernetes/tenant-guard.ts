import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ApiClient } from "./kubeconfig";
import { nodeProgram } from "./node-program";

export interface TenantGuardArgs {
  /** How to reach the API of the management cluster. */
  readonly client: pulumi.Input<ApiClient>;
  /** All else that the layer consists of. */
  readonly after: readonly pulumi.Resource[];
}

/** Set to `true` in the environment of `pulumi destroy`, it lets a layer go whose API does not answer any more. */
export const ABANDON = "FIRMAMENT_ABANDON_TENANTS";

/**
 * Where the removal of a layer begins that tenants run on: it depends on all the rest, so the engine deletes it first and
 * alone. Its deletion fails while the management cluster has Clusters of Cluster API, and names them; nothing has left the
 * state or the cluster by then. Without it, `pulumi destroy` takes away the controllers, the data store or the keys that
 * the tenants need to be removed themselves.
 *
 * Where the layer has protected resources, protect it too: the engine stops at it, before the state has lost anything.
 * It does nothing when it is created.
 */
export class TenantGuard extends command.local.Command {
  constructor(name: string, { client, after }: TenantGuardArgs, opts: pulumi.CustomResourceOptions) {
    const api = pulumi.output(client);
    super(
      name,
      {
        delete: "look whether tenants are left",
        ...nodeProgram(`(${refuseWhileTenantsExist.toString()})(${ANSWER_SECONDS}, ${JSON.stringify(ABANDON)})`),
        environment: {
          KUBE_HOST: api.host,
          KUBE_CA: api.caCertificate,
          KUBE_CERT: api.clientCertificate,
          KUBE_KEY: pulumi.secret(api.clientKey),
        },
      },
      { ...opts, dependsOn: [...after] },
    );
  }
}

/** An API server that restarts is back by then. */
const ANSWER_SECONDS = 60;

/**
 * Ends with 1 when KUBE_HOST has Clusters, or does not say. Its text is the program of the command: it uses nothing from
 * outside itself.
 */
export function refuseWhileTenantsExist(seconds: number, abandon: string): void {
  const host = process.env["KUBE_HOST"] ?? "";
  // kubectl proxy, for one, serves without TLS
  const { get: send } = process.getBuiltinModule(host.startsWith("http:") ? "node:http" : "node:https");
  const decoded = (name: string) => Buffer.from(process.env[name] ?? "", "base64");
  const tls = { ca: decoded("KUBE_CA"), cert: decoded("KUBE_CERT"), key: decoded("KUBE_KEY") };
  const end = Date.now() + seconds * 1000;

  const refuse = (text: string) => {
    process.stderr.write(text);
    process.exitCode = 1;
  };
  const abandoned = process.env[abandon] === "true";
  const unknown = (reason: string) => {
    if (abandoned) return;
    refuse(
      `${host}: ${reason} — whether tenants run on it has to be known before it is destroyed; ` +
        `repair the API, or set ${abandon}=true if the cluster is lost`,
    );
  };
  const get = (path: string, then: (status: number, body: string) => void) => {
    const again = (reason: string) => {
      if (abandoned || Date.now() >= end) unknown(reason);
      else setTimeout(() => get(path, then), 500);
    };
    const request = send(`${host}${path}`, { ...tls, timeout: 5000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("error", (error) => again(error.message));
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        if (status === 200 || status === 404) then(status, body);
        else again(`answered ${status}`);
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 5 s")));
    request.on("error", (error) => again(error.message));
  };

  get("/apis/cluster.x-k8s.io", (found, group) => {
    // Cluster API was never installed, or is gone: nothing is left that tenants could be made of
    if (found === 404) return;
    const { preferredVersion } = JSON.parse(group) as { preferredVersion: { groupVersion: string } };
    get(`/apis/${preferredVersion.groupVersion}/clusters`, (status, list) => {
      if (status === 404) return;
      const { items } = JSON.parse(list) as { items: { metadata: { namespace: string; name: string } }[] };
      if (items.length === 0) return;
      const names = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
      refuse(
        `tenants: ${names.join(", ")} — must be gone before what they run on is destroyed; ` +
          "run `pulumi destroy` for the stack of each first",
      );
    });
  });
}
