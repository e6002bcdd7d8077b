import { machinesOf, type MachineView } from "../../engine/machines";
import { objectRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import { machineTemplate } from "./node-pool-examples";

const MACHINES = ["KubevirtMachineTemplate", "KubevirtMachine"].map(
  (kind) => `infrastructure.cluster.x-k8s.io/${kind}`,
);

/** Volumes that are as the image made them, or empty, whenever a machine starts. */
const BLANK = ["containerDisk", "ephemeral", "emptyDisk"] as const;

/** Run strategies with which KubeVirt starts a machine that ended by itself or with its host. */
const RESTARTING: ReadonlySet<unknown> = new Set(["Always", "RerunOnFailure"]);

export const machineState = objectRule({
  id: "capi-machine-state",
  group: "tenancy",
  title: "Machines keep their state or are replaced",
  severity: "high",
  references: ["kubernetes-sigs/cluster-api-provider-kubevirt#70", "cozystack/cozystack#365"],
  kinds: MACHINES,
  fix: "boot from a dataVolume of dataVolumeTemplates, or set runStrategy to Once, so that a health check replaces what ended",
  docs: {
    why: "A machine that starts again from an image is blank, and the token it joined with has expired 15 minutes after it joined. It never becomes a node again: after a power cut, none of the pool does.",
    pass: machineTemplate({ machine: { runStrategy: "Once" } }),
    fail: machineTemplate({ machine: { runStrategy: "Always" } }),
  },
  *check(target) {
    for (const machine of machinesOf(target)) {
      const restart = restartOf(machine);
      const root = restart === undefined ? undefined : rootOf(machine);
      const kind = BLANK.find((each) => root?.field(each).present);
      if (restart === undefined || root === undefined || kind === undefined) continue;
      yield { at: restart, message: `it starts again from a blank disk (${kind}), with a join token that has expired` };
    }
  },
});

/** What makes the machine start again; undefined where nothing does. */
function restartOf({ machine }: MachineView): View | undefined {
  const strategy = machine?.field("runStrategy");
  const running = machine?.field("running");
  return [strategy, running].find((view) => view?.is(true) === true || RESTARTING.has(view?.value));
}

/** The volume that the machine boots from: of the disk of the lowest bootOrder, else of the first one. */
function rootOf({ spec }: MachineView): View | undefined {
  const disks = spec.at("domain", "devices", "disks").items();
  const ordered = disks.filter((disk) => disk.field("bootOrder").number !== undefined);
  const first = ordered.sort((a, b) => (a.field("bootOrder").number ?? 0) - (b.field("bootOrder").number ?? 0))[0];
  const name = (first ?? disks[0])?.field("name").text;
  const volumes = spec.field("volumes").items();
  // a machine that lists no disk has one of every volume, in their order
  return name === undefined ? volumes[0] : volumes.find((volume) => volume.field("name").text === name);
}
