import * as https from "node:https";
import { parse } from "yaml";

interface Kubeconfig {
  readonly "current-context": string;
  readonly contexts: readonly { readonly name: string; readonly context: { cluster: string; user: string } }[];
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly name: string;
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

interface NodeList {
  readonly items: readonly {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Nodes of the cluster behind a kubeconfig, and how many of them are Ready. */
export async function countNodes(kubeconfig: string): Promise<{ nodes: number; readyNodes: number }> {
  const { items } = (await get(kubeconfig, "/api/v1/nodes")) as NodeList;
  const ready = items.filter(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  return { nodes: items.length, readyNodes: ready.length };
}

export async function get(kubeconfig: string, path: string): Promise<unknown> {
  return request(kubeconfig, "GET", path);
}

/**
 * One request to a Kubernetes API. A client library takes longer to load than all requests of a start together.
 *
 * @throws Error when the server does not answer with 200.
 */
export async function request(kubeconfig: string, method: "GET" | "DELETE", path: string): Promise<unknown> {
  const { server, tls } = credentials(parse(kubeconfig) as Kubeconfig);
  return new Promise((resolve, reject) => {
    const call = https.request(`${server}${path}`, { ...tls, method, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(body));
        else reject(new Error(`${server}${path}: ${response.statusCode} ${body.slice(0, 200)}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error(`${server}${path}: no answer in 10 s`)));
    call.on("error", reject);
    call.end();
  });
}

function credentials(config: Kubeconfig): { server: string; tls: https.RequestOptions } {
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined || user === undefined) throw new Error("kubeconfig: its current context is incomplete");
  const decoded = (text: string) => Buffer.from(text, "base64");
  return {
    server: cluster.server,
    tls: {
      ca: decoded(cluster["certificate-authority-data"]),
      cert: decoded(user["client-certificate-data"]),
      key: decoded(user["client-key-data"]),
    },
  };
}
