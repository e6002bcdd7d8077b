import { createHash } from "node:crypto";

const MAX_LENGTH = 63;
const HASH_LENGTH = 8;

/** RFC 1123 label: what Kubernetes accepts as the name of most objects. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * A Kubernetes object name made of parts: `objectName("acme", "small")` is `acme-small`.
 *
 * At most 63 characters; a longer one is cut and closed with a hash of the whole, so that two different lists of parts
 * never share a cut name.
 *
 * @throws RangeError when a part is not a DNS label.
 */
export function objectName(...parts: readonly string[]): string {
  for (const part of parts) {
    if (!DNS_LABEL.test(part)) throw new RangeError(`"${part}" is not a DNS label (a-z, 0-9 and - inside)`);
  }
  const name = parts.join("-");
  if (name.length <= MAX_LENGTH) return name;
  const kept = name.slice(0, MAX_LENGTH - HASH_LENGTH - 1).replace(/-+$/, "");
  return `${kept}-${hash(name)}`;
}

/** A name that changes exactly when `content` does: for objects that are immutable, e.g. KubevirtMachineTemplate. */
export function contentName(content: unknown, ...parts: readonly string[]): string {
  return objectName(...parts, hash(canonical(content)));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}

/** JSON with sorted keys: the order in which a plan was written down must not rename anything. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
