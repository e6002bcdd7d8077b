import { machinesOf, type MachineView } from "../../engine/machines";
import { MACHINE_KINDS, stackRule, type Violation } from "../../engine/rule";
import { quantityOf } from "../../engine/library/quantities";
import type { Settings } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { virtualMachine } from "./examples";
import { namespaceOf } from "./grants";

const BRIDGE_MIGRATES = "kubevirt.io/allow-pod-bridge-network-live-migration";
const HOSTNAME = "kubernetes.io/hostname";

/** Whether a machine must be able to move: all must, or it is named, or its namespace is. */
function mustMove(machine: MachineView, { vmMigratable }: Settings): boolean {
  if (typeof vmMigratable === "boolean") return vmMigratable;
  const name = machine.target.name.text ?? machine.target.resource.name;
  const namespace = namespaceOf(machine).text ?? "";
  return [name, `${namespace}/${name}`, namespace].some((each) => each !== "" && vmMigratable.includes(each));
}

/** Fields of the machine that tie it to its node. */
function* ties({ spec }: MachineView): Generator<Violation> {
  const found = (at: View, message: string): Violation => ({ at, message });
  const hardware = spec.at("domain", "devices");
  for (const name of ["hostDevices", "gpus", "filesystems"]) {
    const list = hardware.field(name);
    if (list.items().length > 0) yield found(list, `${name} tie the machine to its node`);
  }
  for (const card of hardware.field("interfaces").items()) {
    const function_ = card.field("sriov");
    if (function_.present) yield found(function_, "an SR-IOV card ties the machine to its node");
  }
  for (const disk of hardware.field("disks").items()) {
    const reservation = disk.at("lun", "reservation");
    if (reservation.on) yield found(reservation, "a persistent reservation ties the machine to its node");
  }
  const socket = hardware.field("autoattachVSOCK");
  if (socket.on) yield found(socket, "a vsock ties the machine to its node");
  const model = spec.at("domain", "cpu", "model");
  if (model.is("host-passthrough")) yield found(model, "the processor of one node is found on no other");
  for (const name of ["sev", "snp", "tdx"]) {
    const sealed = spec.at("domain", "launchSecurity", name);
    if (sealed.present) yield found(sealed, "memory sealed to one processor cannot move");
  }
  for (const volume of spec.field("volumes").items()) {
    const disk = volume.field("hostDisk");
    if (disk.present) yield found(disk, "a hostDisk ties the machine to its node");
  }
}

function* networkTies({ spec, metadata }: MachineView): Generator<Violation> {
  const pods = spec
    .field("networks")
    .items()
    .filter((network) => network.field("pod").present);
  const names = new Set(pods.map((network) => network.field("name").text));
  const allowed = metadata.field("annotations").field(BRIDGE_MIGRATES);
  for (const card of spec.at("domain", "devices", "interfaces").items()) {
    const bridge = card.field("bridge");
    if (!bridge.present || !names.has(card.field("name").text)) continue;
    if (allowed.present && !allowed.is("false")) continue;
    yield {
      at: bridge,
      message: `a bridge on the pod network moves only with annotation ${BRIDGE_MIGRATES}`,
      unless: [allowed],
    };
  }
}

function* pins({ spec }: MachineView): Generator<Violation> {
  const host = spec.field("nodeSelector").field(HOSTNAME);
  if (host.present) yield { at: host, message: "the machine may run on one node only" };
  const terms = spec
    .at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    .field("nodeSelectorTerms")
    .items();
  // terms are alternatives: one that leaves a choice is enough
  const single = terms.map(oneNode);
  const first = single.find((view) => view !== undefined);
  if (first !== undefined && single.every((view) => view !== undefined) && terms.length === 1) {
    yield { at: first, message: "the machine may run on one node only" };
  }
}

/** The expression of a term that leaves one node. */
function oneNode(term: View): View | undefined {
  const expressions = [...term.field("matchExpressions").items(), ...term.field("matchFields").items()];
  return expressions.find(
    (expression) =>
      [HOSTNAME, "metadata.name"].includes(expression.field("key").text ?? "") &&
      expression.field("operator").is("In") &&
      expression.field("values").items().length === 1,
  );
}

/** What says how a claim of the machine is accessed: a PersistentVolumeClaim's or a DataVolume's `accessModes` and class. */
function* diskTies(machine: MachineView, stack: Stack): Generator<Violation> {
  const namespace = namespaceOf(machine).text;
  const named = (kind: string, name: View): View[] =>
    stack
      .all(kind)
      .filter((each) => each.name.text === name.text && each.namespace.text === namespace)
      .map((each) => each.spec);
  for (const volume of machine.spec.field("volumes").items()) {
    const claim = volume.at("persistentVolumeClaim", "claimName");
    const data = volume.at("dataVolume", "name");
    const claims = claim.present ? named("core/PersistentVolumeClaim", claim) : [];
    const templates = (machine.machine?.field("dataVolumeTemplates").items() ?? []).filter(
      (template) => template.at("metadata", "name").text === data.text,
    );
    const volumes = data.present
      ? [...templates.map((each) => each.field("spec")), ...named("cdi.kubevirt.io/DataVolume", data)]
      : [];
    const requests = volumes.map((spec) => (spec.field("pvc").present ? spec.field("pvc") : spec.field("storage")));
    for (const request of [...claims, ...requests]) yield* requestTies(request, claim.present ? claim : data, stack);
  }
}

function* requestTies(request: View, at: View, stack: Stack): Generator<Violation> {
  const modes = request.field("accessModes");
  if (!modes.texts().includes("ReadWriteMany")) {
    yield {
      at,
      message: "the disk can be attached to one node at a time (no ReadWriteMany)",
      unless: [modes, ...modes.items()],
    };
  }
  const name = request.field("storageClassName");
  const storageClass = stack.all("storage.k8s.io/StorageClass").find((each) => each.name.text === name.text);
  const local =
    /(?:^|-)local(?:-|$)/.test(name.text ?? "") || (storageClass !== undefined && !isReplicated(storageClass));
  if (name.present && local) {
    yield { at, message: `the disk is on class ${name.text ?? ""}, which keeps one copy on one node`, unless: [name] };
  }
}

/** False only for a class that is known to keep a single copy. */
function isReplicated({ root }: Target): boolean {
  if (root.field("provisioner").text !== "linstor.csi.linbit.com")
    return !root.field("provisioner").is("kubernetes.io/no-provisioner");
  const parameters = root.field("parameters").entries();
  const copies = parameters.find(([name]) => /(?:^|\/)(?:placementCount|autoPlace)$/.test(name))?.[1];
  return copies === undefined ? false : copies.unreadable || (quantityOf(copies) ?? 0) >= 2;
}

const shared = (accessModes: string[]) =>
  virtualMachine(
    { volumes: [{ name: "root", dataVolume: { name: "root" } }] },
    {
      dataVolumeTemplates: [
        {
          metadata: { name: "root" },
          spec: { source: { blank: {} }, storage: { accessModes, storageClassName: "replicated" } },
        },
      ],
    },
  );

export const liveMigratable = stackRule({
  id: "vm-live-migratable",
  group: "kubevirt",
  title: "Migratable when required",
  severity: "high",
  references: ["KubeVirt condition LiveMigratable"],
  types: MACHINE_KINDS,
  fix: "remove what binds it to a node and use ReadWriteMany disks of a replicated class, or take the machine off vmMigratable",
  docs: {
    why: "A machine that must survive the maintenance of its node needs live migration. One disk, device or network card that cannot be migrated prevents it, and with it the drain of the node.",
    pass: { resources: [shared(["ReadWriteMany"])], config: { vmMigratable: true } },
    fail: { resources: [shared(["ReadWriteOnce"])], config: { vmMigratable: true } },
  },
  *check(stack, settings) {
    if (settings.vmMigratable === false) return;
    for (const target of stack.of(...MACHINE_KINDS)) {
      for (const machine of machinesOf(target)) {
        if (!mustMove(machine, settings)) continue;
        yield* ties(machine);
        yield* networkTies(machine);
        yield* pins(machine);
        yield* diskTies(machine, stack);
      }
    }
  },
});
