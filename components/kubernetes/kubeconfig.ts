import { parse } from "yaml";
import { z } from "zod";

/** Where a Kubernetes API answers. */
export interface Endpoint {
  /** https URL, as clients are given it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

const kubeconfigSchema = z.object({
  "current-context": z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: z.object({ server: z.url() }) })),
});

/**
 * The API that a kubeconfig's current context leads to.
 *
 * @throws Error when the text is not a kubeconfig with a current context; its content is never part of the message.
 */
export function endpointOf(kubeconfig: string): Endpoint {
  const parsed = kubeconfigSchema.safeParse(yamlOf(kubeconfig));
  if (!parsed.success)
    throw new Error(
      "kubeconfig: not what `kubectl config view` prints — clusters, contexts or current-context are missing; ask the control plane's provider for another",
    );
  const { contexts, clusters, "current-context": current } = parsed.data;
  const context = contexts.find(({ name }) => name === current);
  const cluster = clusters.find(({ name }) => name === context?.context.cluster);
  if (cluster === undefined) {
    throw new Error(`kubeconfig: current context ${current} — must name a cluster of the file; correct the kubeconfig`);
  }
  const { server } = cluster.cluster;
  const url = new URL(server);
  return { url: server, host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 443) };
}

function yamlOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return undefined;
  }
}
