/**
 * An image in a mirror: the host is replaced, the rest kept. Without a mirror, the image itself.
 * `mirrored("quay.io/capk/node:v1", "registry.example/mirror")` is `registry.example/mirror/capk/node:v1`.
 */
export function mirrored(image: string, mirror: string | undefined): string {
  if (mirror === undefined) return image;
  const [host = "", ...path] = image.split("/");
  const hasHost = path.length > 0 && (host.includes(".") || host.includes(":") || host === "localhost");
  return `${mirror}/${hasHost ? path.join("/") : image}`;
}
