/**
 * An image, an image repository, or only a registry's host, as a mirror has it: the mirror's prefix takes the place of
 * the host and the rest is kept. Without a mirror, the image itself.
 *
 * - `mirrored("quay.io/capk/node:v1", "registry.example/mirror/")` is `registry.example/mirror/capk/node:v1`
 * - `mirrored("library/busybox:1.37", "registry.example")` is `registry.example/library/busybox:1.37`
 * - `mirrored("quay.io", "registry.example/mirror")` is `registry.example/mirror`
 *
 * @param mirror prefix of registry and path; slashes at its end do not count.
 */
export function mirrored(image: string, mirror: string | undefined): string {
  if (mirror === undefined) return image;
  const [first = "", ...path] = image.split("/");
  return [mirror.replace(/\/+$/, ""), ...(isHost(first, path.length > 0) ? path : [image])].join("/");
}

/**
 * Whether the first part of an image is a registry, by the rule of container engines: it has a dot or a port, or is
 * localhost. What stands alone may be an image with a tag: there, only dots before a colon count.
 */
function isHost(first: string, more: boolean): boolean {
  if (first === "localhost") return true;
  return more ? /[.:]/.test(first) : first.split(":", 1).join("").includes(".");
}
