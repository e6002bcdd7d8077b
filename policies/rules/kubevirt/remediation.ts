import { section } from "../../engine/remediation";
import type { Remediation } from "../../engine/rule";

type Fields = Record<string, unknown>;

/** Way from the object to what has `metadata` and `spec` of a virtual machine instance. */
const INSTANCES: Readonly<Record<string, readonly string[]>> = {
  "kubevirt.io/VirtualMachine": ["spec", "template"],
  "kubevirt.io/VirtualMachineInstance": [],
  "kubevirt.io/VirtualMachineInstanceReplicaSet": ["spec", "template"],
  "pool.kubevirt.io/VirtualMachinePool": ["spec", "virtualMachineTemplate", "spec", "template"],
  "infrastructure.cluster.x-k8s.io/KubevirtMachine": ["spec", "virtualMachineTemplate", "spec", "template"],
  "infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate": [
    ...["spec", "template", "spec", "virtualMachineTemplate", "spec", "template"],
  ],
};

/** Part of the instance that an object describes, made where it is missing; undefined for other kinds. */
export function instancePart({ key, object }: Remediation, ...names: readonly string[]): Fields | undefined {
  const way = Object.hasOwn(INSTANCES, key) ? INSTANCES[key] : undefined;
  if (way === undefined) return undefined;
  return [...way, ...names].reduce<Fields | undefined>(
    (holder, name) => (holder === undefined ? undefined : section(holder, name)),
    object,
  );
}
