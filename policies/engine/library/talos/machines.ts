import { mayShareCloud, stackOf } from "../../layers";
import type { Resource } from "../../resource";
import type { Stack } from "../../stack";
import type { View } from "../../view";
import { APPLY, talosConfig, type TalosConfig } from "./config";

/** Machines of one cloud, as far as their configurations are among the resources. */
export interface Machines {
  readonly controlPlanes: readonly TalosConfig[];
  /** Workers, and machines of which nothing says what they are. */
  readonly others: readonly TalosConfig[];
  /** Texts that are not known yet, of machines of which only they may say what they are; those machines are in neither list. */
  readonly unsure: readonly View[];
}

/**
 * Finds the machines that may be of the cloud of a resource: of its own stack, and of others where several are
 * evaluated. For one rule and one stack: what it has found for a stack of resources it keeps.
 */
export function machinesIn(stack: Stack): (resource: Resource) => Machines {
  const known = new Map<string | undefined, Machines>();
  return (resource) => {
    const name = stackOf(resource);
    const machines = known.get(name) ?? machinesBeside(stack, resource);
    known.set(name, machines);
    return machines;
  };
}

function machinesBeside(stack: Stack, resource: Resource): Machines {
  const all = stack
    .all(APPLY)
    .filter((target) => mayShareCloud(target.resource, resource))
    .flatMap((target) => target.memo(talosConfig) ?? []);
  const unknown = all.filter(({ role, hidden }) => role === undefined && hidden.some(({ unreadable }) => unreadable));
  return {
    controlPlanes: all.filter(({ role }) => role === "controlplane"),
    others: all.filter((each) => each.role !== "controlplane" && !unknown.includes(each)),
    unsure: unknown.flatMap(({ hidden }) => hidden.filter(({ unreadable }) => unreadable)),
  };
}

/** Where a control plane says that it runs workloads; undefined where it keeps its taint. */
export function schedulesWorkloads({ cluster, documents }: TalosConfig): View | undefined {
  const classic = ["allowSchedulingOnControlPlanes", "allowSchedulingOnMasters"].map((name) => cluster.field(name));
  // Talos 1.14 taints by this document, and not at all where it has none
  const taints = documents("KubeNodeConfig").map((node) => node.at("taints", "node-role.kubernetes.io/control-plane"));
  return classic.find((at) => at.on) ?? taints.find((at) => !/(?:^|:)No(?:Schedule|Execute)$/.test(at.text ?? ""));
}

/** Labels that a machine gives its node, by name. */
export function nodeLabelsOf({ machine, documents }: TalosConfig): (readonly [name: string, at: View])[] {
  const maps = [machine.field("nodeLabels"), ...documents("KubeNodeConfig").map((node) => node.field("labels"))];
  return maps.flatMap((map) => map.entries());
}
