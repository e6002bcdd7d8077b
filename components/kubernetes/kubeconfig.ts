import { parse } from "yaml";
import { z } from "zod";

/** Where a Kubernetes API answers. */
export interface Endpoint {
  /** https URL, as clients are given it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** How an administrator reaches a Kubernetes API; certificates and key are base64 of PEM. */
export interface ApiClient {
  /** https URL. */
  readonly host: string;
  readonly caCertificate: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

const kubeconfigSchema = z.object({
  "current-context": z.string(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string().optional() }) }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({ server: z.url(), "certificate-authority-data": z.string().optional() }),
    }),
  ),
  users: z
    .array(
      z.object({
        name: z.string(),
        user: z.object({
          "client-certificate-data": z.string().optional(),
          "client-key-data": z.string().optional(),
        }),
      }),
    )
    .optional(),
});

/**
 * The API that a kubeconfig's current context leads to.
 *
 * @throws Error when the text is not a kubeconfig with a current context; its content is never part of the message.
 */
export function endpointOf(kubeconfig: string): Endpoint {
  const { server } = currentContext(kubeconfig).cluster;
  const url = new URL(server);
  return { url: server, host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 443) };
}

/**
 * The client that a kubeconfig's current context describes. What the context does not have is empty: a user who is known
 * by something else than a certificate reaches an API without it as an anonymous user.
 *
 * @throws Error as {@link endpointOf}.
 */
export function clientOf(kubeconfig: string): ApiClient {
  const { cluster, user } = currentContext(kubeconfig);
  return {
    host: cluster.server,
    caCertificate: cluster["certificate-authority-data"] ?? "",
    clientCertificate: user["client-certificate-data"] ?? "",
    clientKey: user["client-key-data"] ?? "",
  };
}

function currentContext(kubeconfig: string) {
  const parsed = kubeconfigSchema.safeParse(yamlOf(kubeconfig));
  if (!parsed.success)
    throw new Error(
      "kubeconfig: not what `kubectl config view` prints — clusters, contexts or current-context are missing; ask the control plane's provider for another",
    );
  const { contexts, clusters, users = [], "current-context": current } = parsed.data;
  const context = contexts.find(({ name }) => name === current)?.context;
  const cluster = clusters.find(({ name }) => name === context?.cluster)?.cluster;
  if (cluster === undefined) {
    throw new Error(`kubeconfig: current context ${current} — must name a cluster of the file; correct the kubeconfig`);
  }
  return { cluster, user: users.find(({ name }) => name === context?.user)?.user ?? {} };
}

function yamlOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return undefined;
  }
}
