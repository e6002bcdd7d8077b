import { sha256 } from "./archive";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/**
 * A chart from an OCI registry, checked against the digest that its manifest names.
 *
 * Asks without credentials, and for a token where the registry wants one from everybody. Loopback registries are asked
 * over http.
 *
 * @param reference oci://registry/path/name.
 * @throws Error when the registry has no such chart, or sends something else.
 */
export async function pullChart(reference: string, version: string, get: typeof fetch): Promise<Buffer> {
  const [host = "", ...rest] = reference.replace(/^oci:\/\//, "").split("/");
  const repository = rest.filter((part) => part !== "").join("/");
  const scheme = /^(127\.|localhost)/.test(host) ? "http" : "https";
  const base = `${scheme}://${host}/v2/${repository}`;
  // a tag has no plus: registries write an underscore for it
  const manifestUrl = `${base}/manifests/${version.replace("+", "_")}`;

  const headers: Record<string, string> = { accept: MANIFEST };
  let response = await get(manifestUrl, { headers });
  if (response.status === 401) {
    headers["authorization"] = `Bearer ${await token(response.headers.get("www-authenticate") ?? "", get)}`;
    response = await get(manifestUrl, { headers });
  }
  const manifest = JSON.parse((await body(response, manifestUrl)).toString("utf8")) as {
    layers?: { mediaType: string; digest: string }[];
  };
  const digest = manifest.layers?.find(({ mediaType }) => mediaType === CHART)?.digest;
  if (digest === undefined) throw new Error(`${reference} ${version} is no Helm chart`);
  const blobUrl = `${base}/blobs/${digest}`;
  const chart = await body(await get(blobUrl, { headers }), blobUrl);
  if (`sha256:${sha256(chart)}` !== digest)
    throw new Error(`${blobUrl}: sha256 ${sha256(chart)} is not what it is called`);
  return chart;
}

/** Bearer realm="https://…",service="…",scope="…": where tokens are, and for what. */
async function token(challenge: string, get: typeof fetch): Promise<string> {
  const fields = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  const { realm, ...query } = fields as Record<string, string>;
  if (realm === undefined) throw new Error(`the registry asks for credentials: ${challenge}`);
  const url = new URL(realm);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const answer = JSON.parse((await body(await get(url), url.href)).toString("utf8")) as {
    token?: string;
    access_token?: string;
  };
  return answer.token ?? answer.access_token ?? "";
}

async function body(response: Response, url: string): Promise<Buffer> {
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}
