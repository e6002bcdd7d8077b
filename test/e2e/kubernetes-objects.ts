import { kubernetesApi } from "../../automation/kubernetes-api";

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
