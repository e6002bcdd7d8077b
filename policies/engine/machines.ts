import type { Target } from "./target";
import type { View } from "./view";

/** A virtual machine instance wherever it is described. */
export interface MachineView {
  readonly target: Target;
  /** metadata of the instance (for templates: of the template), where its annotations are. */
  readonly metadata: View;
  /** spec of the VirtualMachineInstance: domain, volumes, networks, … */
  readonly spec: View;
  /** spec of the VirtualMachine around it (instancetype, dataVolumeTemplates, runStrategy); absent for bare instances. */
  readonly machine: View | undefined;
  /** Namespace the machine runs in, where its own template or the object says. */
  readonly namespace: View;
}

/** Path to the VirtualMachine-shaped object, which has metadata and spec.template. */
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  "kubevirt.io/VirtualMachine": [],
  "pool.kubevirt.io/VirtualMachinePool": ["spec", "virtualMachineTemplate"],
  "infrastructure.cluster.x-k8s.io/KubevirtMachine": ["spec", "virtualMachineTemplate"],
  "infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate": ["spec", "template", "spec", "virtualMachineTemplate"],
};

/** Path to the VirtualMachineInstance-shaped object, which has metadata and spec. */
const INSTANCES: Readonly<Record<string, readonly string[]>> = {
  "kubevirt.io/VirtualMachineInstance": [],
  "kubevirt.io/VirtualMachineInstanceReplicaSet": ["spec", "template"],
};

/** The virtual machines that an object describes; found once for all rules. */
export function machinesOf(target: Target): readonly MachineView[] {
  return target.once(findMachines);
}

function findMachines(target: Target): readonly MachineView[] {
  const machineWay = Object.hasOwn(MACHINES, target.key) ? MACHINES[target.key] : undefined;
  if (machineWay !== undefined) {
    const machine = target.root.at(...machineWay);
    const template = machine.at("spec", "template");
    return [
      {
        target,
        metadata: template.field("metadata"),
        spec: template.field("spec"),
        machine: machine.field("spec"),
        namespace: machineWay.length === 0 ? target.namespace : machine.at("metadata", "namespace"),
      },
    ];
  }
  const way = Object.hasOwn(INSTANCES, target.key) ? INSTANCES[target.key] : undefined;
  if (way === undefined) return [];
  const instance = target.root.at(...way);
  return [
    {
      target,
      metadata: instance.field("metadata"),
      spec: instance.field("spec"),
      machine: undefined,
      namespace: target.namespace,
    },
  ];
}
