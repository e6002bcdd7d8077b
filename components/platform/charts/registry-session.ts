import { sha256 } from "./archive";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** One repository of an OCI registry (distribution-spec 1.1), for pushing. Loopback registries are asked over http. */
export class RegistrySession {
  private readonly base: string;
  private readonly what: string;
  private authorization: string | undefined;

  constructor(
    reference: string,
    private readonly get: typeof fetch,
    private readonly credentials: Credentials | undefined,
  ) {
    const [host = "", ...rest] = reference.replace(/^oci:\/\//, "").split("/");
    const scheme = /^(127\.|localhost)/.test(host) ? "http" : "https";
    this.what = reference;
    this.base = `${scheme}://${host}/v2/${rest.filter((part) => part !== "").join("/")}`;
  }

  /** Digest of the layer of a kind that a tag has; undefined where there is no such tag. */
  async chartOf(tag: string, manifest: string, layer: string): Promise<string | undefined> {
    const response = await this.send(`${this.base}/manifests/${tag}`, { headers: { accept: manifest } });
    if (response.status === 404) return undefined;
    this.expect(response, [200], `manifest ${tag}`);
    const { layers = [] } = (await response.json()) as { layers?: { mediaType: string; digest: string }[] };
    return layers.find(({ mediaType }) => mediaType === layer)?.digest ?? "no chart";
  }

  async blob(content: Buffer): Promise<void> {
    const digest = `sha256:${sha256(content)}`;
    const present = await this.send(`${this.base}/blobs/${digest}`, { method: "HEAD" });
    if (present.status === 200) return;
    const begun = await this.send(`${this.base}/blobs/uploads/`, { method: "POST" });
    this.expect(begun, [202], "beginning an upload");
    const place = new URL(begun.headers.get("location") ?? "", this.base);
    place.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const done = await this.send(place.href, { method: "PUT", headers, body: new Uint8Array(content) });
    this.expect(done, [201], `uploading ${digest}`);
  }

  async manifest(tag: string, mediaType: string, content: Buffer): Promise<void> {
    const headers = { "content-type": mediaType };
    const done = await this.send(`${this.base}/manifests/${tag}`, {
      method: "PUT",
      headers,
      body: new Uint8Array(content),
    });
    this.expect(done, [201], `manifest ${tag}`);
  }

  private async send(url: string, init: RequestInit): Promise<Response> {
    const once = () =>
      this.get(url, {
        ...init,
        headers: {
          ...init.headers,
          ...(this.authorization === undefined ? {} : { authorization: this.authorization }),
        },
      });
    const first = await once();
    if (first.status !== 401) return first;
    this.authorization = await this.authorized(first.headers.get("www-authenticate") ?? "");
    return await once();
  }

  /** What the registry wants: credentials themselves, or a token that they are given for. */
  private async authorized(challenge: string): Promise<string> {
    const basic =
      this.credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(`${this.credentials.user}:${this.credentials.password}`).toString("base64")}`;
    if (/^basic/i.test(challenge)) {
      if (basic === undefined)
        throw new Error(`${this.what}: the registry asks for credentials; give --user and REGISTRY_PASSWORD`);
      return basic;
    }
    const fields = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    const { realm, ...query } = fields;
    if (realm === undefined) throw new Error(`${this.what}: the registry refuses, and does not say how to log in`);
    const url = new URL(realm);
    // the registry names the right that this request lacked: to look, or to write
    for (const [key, value] of Object.entries(query)) if (key !== "error") url.searchParams.set(key, value);
    const answer = await this.get(url, basic === undefined ? {} : { headers: { authorization: basic } });
    this.expect(answer, [200], "a token");
    const { token, access_token: access } = (await answer.json()) as { token?: string; access_token?: string };
    return `Bearer ${token ?? access ?? ""}`;
  }

  private expect({ status, statusText }: Response, wanted: readonly number[], step: string): void {
    if (!wanted.includes(status)) throw new Error(`${this.what}: ${step}: ${status} ${statusText}`);
  }
}
