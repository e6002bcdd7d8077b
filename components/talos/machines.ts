import * as pulumi from "@pulumi/pulumi";
import * as talos from "@pulumiverse/talos";
import type { machine } from "@pulumiverse/talos/types/output";
import type { KubernetesVersion } from "../core/version";
import { kubeletPatches } from "./kubernetes-upgrade";
import { machinePatches } from "./machine-config";
import { imageOf } from "./image/classes";
import { PreparedMachine, type ReportedTalos } from "./life/prepared-machine";
import { SettledGate } from "./life/settled-gate";
import { type BaseSettings, type Machine, machinesOf } from "./settings";
import { contractOf } from "./version";

/** Keys of a cluster, made by Firmament or before it. */
export interface ClusterKeys {
  readonly machineSecrets: pulumi.Input<machine.MachineSecrets>;
  readonly clientConfiguration: pulumi.Output<machine.ClientConfiguration>;
}

/** What puts configurations onto machines, and what waits for these to run them. */
export interface ConfiguredMachines {
  readonly applied: readonly talos.machine.ConfigurationApply[];
  readonly settled: readonly SettledGate[];
  /** By machine: whether it has got this configuration; not where `--target` leaves it out. Unknown where it is new then. */
  readonly done: Readonly<Record<string, pulumi.Output<boolean>>>;
  /** By machine: whether nothing has to be done to it. Known in previews, where it is true. */
  readonly unchanged: Readonly<Record<string, pulumi.Output<boolean>>>;
  /** What each machine, by name, said it runs; nothing of one that was new when it was looked at last. */
  readonly reported: Readonly<Record<string, pulumi.Output<ReportedTalos | undefined>>>;
}

export interface MachineOrder {
  /** Version of the kubelets. Default: that of the settings. */
  readonly kubeletVersion?: KubernetesVersion | undefined;
  /**
   * Names of machines that run already. They are changed one after the other; machines that are new all at once, for
   * nothing runs on them, control planes among them after those that run. Default: all are new.
   */
  readonly deployed?: readonly string[] | undefined;
  /** What must have happened before any machine hears of a change. Default: nothing. */
  readonly after?: readonly pulumi.Resource[];
}

/**
 * A configuration for each machine; resources are named after it.
 *
 * A change that restarts machines goes through control planes one at a time, each of which runs again, with etcd and the
 * API server, before the next is changed. Then through workers, as many at a time as the settings say: what runs on a
 * worker moves to others, and its volumes have copies there.
 */
export function configureMachines(
  parent: pulumi.Resource,
  name: string,
  settings: BaseSettings,
  keys: ClusterKeys,
  { kubeletVersion = settings.kubernetesVersion, deployed = [], after = [] }: MachineOrder = {},
): ConfiguredMachines {
  const applied: talos.machine.ConfigurationApply[] = [];
  const settled: SettledGate[] = [];
  const reported: Record<string, pulumi.Output<ReportedTalos | undefined>> = {};
  const done: Record<string, pulumi.Output<boolean>> = {};
  const unchanged: Record<string, pulumi.Output<boolean>> = {};
  const machines = machinesOf(settings);
  const isDeployed = ({ name }: Machine) => deployed.includes(name);
  const [controlPlanes, workers] = [machines.filter(isControlPlane), machines.filter((each) => !isControlPlane(each))];
  // a kubelet must not be newer than the API servers
  const ordered = [
    ...controlPlanes.filter(isDeployed),
    ...controlPlanes.filter((machine) => !isDeployed(machine)),
    ...workers,
  ];
  /** Gates of machines that ran before: control planes, then workers. */
  const gates: Record<Machine["role"], SettledGate[]> = { controlplane: [], worker: [] };
  for (const machine of ordered) {
    const runs = isDeployed(machine);
    // a control plane that counts as new may be a member of etcd since a deployment that failed
    const gate = runs || isControlPlane(machine) ? gateBefore(machine, gates, settings.workersAtOnce) : undefined;
    const generated = talos.machine.getConfigurationOutput(
      {
        clusterName: settings.cluster,
        clusterEndpoint: settings.endpoint,
        machineSecrets: keys.machineSecrets,
        machineType: machine.role,
        kubernetesVersion: String(settings.kubernetesVersion),
        talosVersion: contractOf(settings),
        configPatches: [...machinePatches(settings, machine), ...kubeletPatches(settings, kubeletVersion)],
      },
      { parent },
    );
    const prepared = new PreparedMachine(
      `${name}-${machine.name}-prepared`,
      {
        machine,
        installer: imageOf(settings, machine).installer,
        configuration: generated.machineConfiguration,
        client: keys.clientConfiguration,
      },
      { parent, dependsOn: [...after, ...(gate === undefined ? [] : [gate])] },
    );
    reported[machine.name] = prepared.reported;
    const apply = new talos.machine.ConfigurationApply(
      `${name}-${machine.name}`,
      {
        ...reached(machine),
        clientConfiguration: keys.clientConfiguration,
        machineConfigurationInput: generated.machineConfiguration,
        applyMode: "auto",
        timeouts: { create: INSTALL_TIMEOUT, update: INSTALL_TIMEOUT, delete: INSTALL_TIMEOUT },
      },
      { parent, dependsOn: [prepared] },
    );
    applied.push(apply);
    const settledGate = new SettledGate(
      `${name}-${machine.name}-settled`,
      {
        machine,
        configuration: generated.machineConfiguration,
        client: keys.clientConfiguration,
        adopted: settings.adopted !== undefined,
      },
      { parent, dependsOn: [apply] },
    );
    settled.push(settledGate);
    const runsIt = settledGate.runs(generated.machineConfiguration);
    done[machine.name] = runsIt;
    // what a command says is not known before it has run
    unchanged[machine.name] = pulumi.all([prepared.stdout, settledGate.stdout, runsIt]).apply(([, , each]) => each);
    if (runs) gates[machine.role].push(settledGate);
  }
  return { applied, settled, reported, done, unchanged };
}

const isControlPlane = ({ role }: Machine) => role === "controlplane";

/** What a machine that runs waits for before it is changed. */
function gateBefore(
  { role }: Machine,
  { controlplane, worker }: Readonly<Record<Machine["role"], readonly SettledGate[]>>,
  atOnce: number,
): SettledGate | undefined {
  if (role === "controlplane") return controlplane.at(-1);
  return worker[worker.length - atOnce] ?? controlplane.at(-1);
}

/** How the Talos API of a machine is reached, as the provider takes it. */
export function reached({ address, endpoint }: Machine): { node: string; endpoint: string } {
  return { node: address, endpoint: endpoint ?? address };
}

/** Pulling the installer, writing the disk and rebooting. */
const INSTALL_TIMEOUT = "20m";
