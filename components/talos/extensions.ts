import type { Problem } from "../core/problem";
import { schematicId } from "./image/schematic";

/** A kernel module as a machine configuration has it. */
export interface KernelModule {
  readonly name: string;
  readonly parameters?: readonly string[];
}

/** In every image of Talos: Open vSwitch for Kube-OVN, thin LVM pools for LINSTOR. */
const BUILT_IN: readonly KernelModule[] = [{ name: "openvswitch" }, { name: "dm-thin-pool" }];

/**
 * Modules that only an extension brings. Talos does not load them by itself.
 *
 * - drbd: Talos does not have the userspace helper that the module would call.
 * - zfs: the extension's service waits for /dev/zfs, which the module makes. A boot that waits for a service longer than
 *   70 minutes fails and the machine restarts, for ever (Talos 1.13.0; siderolabs/talos#9904).
 */
const OF_EXTENSION: Readonly<Record<string, readonly KernelModule[]>> = {
  "siderolabs/drbd": [{ name: "drbd", parameters: ["usermode_helper=disabled"] }, { name: "drbd_transport_tcp" }],
  "siderolabs/zfs": [{ name: "zfs" }],
};

/** What a machine loads whose image carries these extensions: nothing that the image does not have. */
export function kernelModules(extensions: readonly string[]): readonly KernelModule[] {
  return [...BUILT_IN, ...extensions.flatMap((extension) => OF_EXTENSION[extension] ?? [])];
}

/**
 * Extensions that contradict the installer. An installer of the image factory is named by a hash of what is in it; the
 * images that a cloud of this project needs at least are recognized by theirs.
 */
export function extensionProblems(installer: string, extensions: readonly string[]): Problem[] {
  const carried = SCHEMATICS.get(/\/([0-9a-f]{64})(?=[:@]|$)/.exec(installer)?.[1] ?? "");
  if (carried === undefined || sameMembers(carried, extensions)) return [];
  return [
    {
      where: "base.talos.extensions",
      given: list(extensions),
      rule: `must be what base.talos.installer carries: ${list(carried)}`,
      fix: "correct the list, or name the installer of another schematic",
    },
  ];
}

function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join() === [...others].sort().join();
}

function list(extensions: readonly string[]): string {
  return extensions.length === 0 ? "none" : extensions.join(", ");
}

const SCHEMATICS: ReadonlyMap<string, readonly string[]> = new Map(
  [
    [],
    ["siderolabs/drbd"],
    ["siderolabs/zfs"],
    ["siderolabs/drbd", "siderolabs/zfs"],
    ["siderolabs/zfs", "siderolabs/drbd"],
  ].map((extensions) => [schematicId({ extensions }), extensions]),
);
