import type { MachineView } from "../../engine/machines";
import type { Grant, Settings } from "../../engine/settings";
import type { View } from "../../engine/view";

const NOTHING: Grant = { gpus: [], devices: [], storageClasses: [] };

/** Where a machine runs: the namespace its own template names, or else that of the object. */
export function namespaceOf({ namespace, target }: MachineView): View {
  return namespace.unreadable || namespace.present ? namespace : target.namespace;
}

/** What the namespace of a machine was granted; `unless` has to be known before anything is held against the machine. */
export function grantOf(machine: MachineView, settings: Settings): { readonly grant: Grant; readonly unless: View[] } {
  const namespace = namespaceOf(machine);
  const name = namespace.text;
  const grant = name !== undefined && Object.hasOwn(settings.grants, name) ? settings.grants[name] : undefined;
  return { grant: grant ?? NOTHING, unless: [namespace] };
}

/** Namespaces whose networks, images and disks are there for all tenants. */
export function isShared(
  namespace: string,
  { sharedNamespaces = [] }: { readonly sharedNamespaces?: readonly string[] | undefined },
): boolean {
  return sharedNamespaces.includes(namespace);
}
