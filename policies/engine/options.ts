import type { ResourceOptions } from "./resource";
import type { Target } from "./target";
import { View } from "./view";

/** An option of a resource as a value that findings can point at: `opts.protect`. */
export function option(target: Target, name: keyof ResourceOptions): View {
  const { root, resource } = target;
  return new View(resource.opts, root.reader, root, "opts").field(name);
}
