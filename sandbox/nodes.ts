import { kubernetesApi } from "../automation/kubernetes-api";

interface NodeList {
  readonly items: readonly {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Nodes of the cluster behind a kubeconfig, and how many of them are Ready. */
export async function countNodes(kubeconfig: string): Promise<{ nodes: number; readyNodes: number }> {
  const { items } = (await kubernetesApi(kubeconfig, "the cluster").get("/api/v1/nodes")) as unknown as NodeList;
  const ready = items.filter(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  return { nodes: items.length, readyNodes: ready.length };
}
