import * as https from "node:https";
import { kubernetesApi } from "../../automation/kubernetes-api";
import { clientOf } from "../../components/kubernetes/kubeconfig";

interface Nodes {
  readonly items: readonly {
    readonly status: { readonly nodeInfo: { readonly kubeletVersion: string; readonly bootID: string } };
  }[];
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly creationTimestamp: string };
    readonly spec: { readonly containers: readonly [{ readonly image: string }] };
  }[];
}

/** The answer of an API server to a GET. */
export const get = (kubeconfig: string, at: string) =>
  kubernetesApi(kubeconfig, "the cluster").get(at) as Promise<unknown>;

/** Deletes the object at a path. */
export const remove = (kubeconfig: string, at: string) => kubernetesApi(kubeconfig, "the cluster").delete(at);

/** Creates an object at a path of its kind. */
export const create = (kubeconfig: string, at: string, object: object) => send(kubeconfig, "POST", at, object);

/** Changes fields of the object at a path. */
export const patch = (kubeconfig: string, at: string, fields: object) => send(kubeconfig, "PATCH", at, fields);

/** Server-side apply of the object at a path, whose query says how. */
export const apply = (kubeconfig: string, at: string, object: object) =>
  send(kubeconfig, "PATCH", at, object, "application/apply-patch+yaml");

/** By the certificate of an administrator's kubeconfig. */
function send(
  kubeconfig: string,
  method: "POST" | "PATCH",
  at: string,
  body: object,
  type = method === "PATCH" ? "application/merge-patch+json" : "application/json",
): Promise<void> {
  const { host, caCertificate, clientCertificate, clientKey } = clientOf(kubeconfig);
  const decoded = (text: string) => Buffer.from(text, "base64");
  return new Promise((resolve, reject) => {
    const options = {
      method,
      ca: decoded(caCertificate),
      cert: decoded(clientCertificate),
      key: decoded(clientKey),
      headers: { "content-type": type },
    };
    const call = https.request(`${host}${at}`, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        if (response.statusCode !== undefined && response.statusCode < 300) resolve();
        else reject(new Error(`${method} ${at}: ${response.statusCode ?? 0} ${text}`));
      });
    });
    call.on("error", reject).end(JSON.stringify(body));
  });
}

/** What the nodes of a cluster say of themselves, each value once. */
export async function nodesSay(kubeconfig: string, key: "kubeletVersion" | "bootID"): Promise<string[]> {
  const { items } = (await get(kubeconfig, "/api/v1/nodes")) as Nodes;
  return [...new Set(items.map(({ status }) => status.nodeInfo[key]))];
}

/** The API servers of the management cluster by name: their image, and the millisecond of their start. */
export async function apiServers(kubeconfig: string): Promise<{ readonly image: string; readonly created: number }[]> {
  const { items } = (await get(kubeconfig, "/api/v1/namespaces/kube-system/pods")) as Pods;
  return items
    .filter(({ metadata }) => metadata.name.startsWith("kube-apiserver-"))
    .map(({ metadata, spec }) => ({
      image: spec.containers[0].image,
      created: Date.parse(metadata.creationTimestamp),
    }));
}
