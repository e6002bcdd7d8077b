/** A reference to a container image, taken apart as the container runtime does. */
export interface ImageReference {
  /** Host with port; docker.io where none is given. */
  readonly registry: string;
  /** Path at the registry; `library/nginx` for `nginx`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:<hex>`, or another text after an @. */
  readonly digest: string | undefined;
}

const DOCKER_HUB = "docker.io";

/** Parses an image reference; undefined when it is none. */
export function parseImage(text: string): ImageReference | undefined {
  if (text === "" || text.length > 1024 || /\s/.test(text)) return undefined;
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  // the colon of a port is followed by a slash, that of a tag is not
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const path = tagged ? named.slice(0, colon) : named;
  const slash = path.indexOf("/");
  const first = slash < 0 ? "" : path.slice(0, slash);
  const hosted = isHost(first);
  const host = hosted ? first.toLowerCase() : DOCKER_HUB;
  const registry = host === "index.docker.io" || host === "registry-1.docker.io" ? DOCKER_HUB : host;
  const rest = hosted ? path.slice(slash + 1) : path;
  if (rest === "") return undefined;
  const repository = registry === DOCKER_HUB && !rest.includes("/") ? `library/${rest}` : rest;
  return { registry, repository, tag, digest };
}

/** Whether the first part of a reference is a host; otherwise it is a name of Docker Hub. */
function isHost(first: string): boolean {
  return first.includes(".") || first.includes(":") || first === "localhost";
}

/** Whether a digest pins the content: sha256 and complete. */
export function isPinnedDigest(digest: string | undefined): boolean {
  return digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest);
}

/** Tags that usually move to the newest image. */
const MOVING_TAGS: ReadonlySet<string> = new Set(["latest", "stable", "edge", "main", "master"]);

export function isMovingTag(tag: string | undefined): boolean {
  return tag === undefined || tag === "" || MOVING_TAGS.has(tag.toLowerCase());
}

/**
 * Whether an image comes from one of the allowed prefixes, each a host with or without a path: `docker.io/library`,
 * `registry.example:5000`. A prefix ends at a slash, so `registry.k8s.io` does not allow `registry.k8s.io.evil.example`.
 * One without a host is a name of Docker Hub, as it would be in an image: `bitnami`, `nginx`.
 */
export function isFromRegistry({ registry, repository }: ImageReference, allowed: readonly string[]): boolean {
  const full = `${registry}/${repository}`;
  return allowed.some((prefix) => {
    const wanted = normalised(prefix);
    if (full === wanted || full.startsWith(`${wanted}/`)) return true;
    if (wanted === "" || registry !== DOCKER_HUB || isHost(wanted.split("/", 1)[0] ?? "")) return false;
    return full === `${DOCKER_HUB}/library/${wanted}` || `${full}/`.startsWith(`${DOCKER_HUB}/${wanted}/`);
  });
}

function normalised(prefix: string): string {
  const bare = prefix
    .replace(/^(?:https?|oci|docker):\/\//, "")
    .replace(/\/?\*?$/, "")
    .replace(/\/+$/, "");
  return bare
    .replace(/^[^/]+/, (host) => host.toLowerCase())
    .replace(/^(?:index|registry-1)\.docker\.io(?=\/|$)/, DOCKER_HUB);
}
