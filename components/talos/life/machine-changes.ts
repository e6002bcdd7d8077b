import { createHash } from "node:crypto";
import type { KubernetesVersion } from "../../core/version";
import { imageOf } from "../image/classes";
import { machinePatches } from "../machine-config";
import { type BaseSettings, type Machine, machinesOf } from "../settings";
import { contractOf, installedMinor, minorOf } from "../version";

/** A digest of each part of a machine's configuration, by its path (machine.sysctls) or document (LinkConfig/eno1). */
export type ConfigurationParts = Readonly<Record<string, string>>;

/** What the last deployment published; older ones publish no configurations. */
export interface DeployedMachines {
  readonly machines?: Readonly<Record<string, { readonly installer?: string | undefined }>>;
  /** By machine. Secret. */
  readonly configurations?: Readonly<Record<string, ConfigurationParts>>;
}

/** What a deployment does to a machine. */
export interface MachineChange {
  readonly machine: string;
  readonly effect:
    "no effect" | "applied live" | "restarts" | "may restart" | "will be upgraded" | "joins" | "leaves the cluster";
  /** What causes it: parts of the configuration, an image, a disk. */
  readonly cause: string;
}

/**
 * Parts of v1alpha1 that a running machine takes without a restart (Talos 1.13.0, CanApplyImmediate); documents of other
 * kinds all are, and from 1.14 on everything is.
 */
const LIVE = new Set(
  [
    ..."ca acceptedCAs time certSANs install network sysfs sysctls logging controlPlane kubelet kernel registries".split(
      " ",
    ),
    ..."pods seccompProfiles nodeLabels nodeAnnotations nodeTaints".split(" "),
  ].map((key) => `machine.${key}`),
);
const LIVE_FEATURES = new Set(
  "kubernetesTalosAPIAccess kubePrism hostDNS imageCache nodeAddressSortAlgorithm"
    .split(" ")
    .map((key) => `machine.features.${key}`),
);

/**
 * The parts that settings decide: the rest is generated and the same in every deployment. Secret: passwords are in them,
 * and a digest of a weak one gives it away.
 */
export function configurationParts(
  base: BaseSettings,
  machine: Machine,
  kubelets: KubernetesVersion,
): ConfigurationParts {
  const parts: Record<string, unknown[]> = {
    "machine.kubelet": [String(kubelets)],
    "cluster.controlPlane": [base.endpoint, machine.role === "controlplane" ? String(base.kubernetesVersion) : ""],
    "talos.version": [contractOf(base)],
  };
  const add = (path: string, value: unknown) => (parts[path] ??= []).push(value);
  for (const text of machinePatches(base, machine)) {
    const document = JSON.parse(text) as Record<string, unknown>;
    const { kind, name } = document;
    if (typeof kind === "string") {
      add(typeof name === "string" ? `${kind}/${name}` : kind, document);
      continue;
    }
    for (const section of ["machine", "cluster"]) {
      for (const [key, value] of Object.entries((document[section] ?? {}) as object)) {
        if (key !== "features") add(`${section}.${key}`, value);
        else for (const [feature, each] of Object.entries(value as object)) add(`machine.features.${feature}`, each);
      }
    }
  }
  return Object.fromEntries(Object.entries(parts).map(([path, value]) => [path, digest(value)]));
}

/** What this deployment does to every machine, in the order of their names; those that leave come last. */
export function machineChanges(
  base: BaseSettings,
  kubelets: KubernetesVersion,
  deployed: DeployedMachines,
): MachineChange[] {
  const gone = Object.keys(deployed.machines ?? {}).filter((name) => base.machines[name] === undefined);
  return [
    ...machinesOf(base).map((machine) => changeOf(base, machine, kubelets, deployed)),
    ...gone.map((machine): MachineChange => {
      const lost = base.lostMachines.includes(machine);
      const cause = lost
        ? "it is gone: its node is deleted"
        : "drained, system disk wiped, powered off; its node is deleted";
      return { machine, effect: "leaves the cluster", cause };
    }),
  ];
}

function changeOf(
  base: BaseSettings,
  machine: Machine,
  kubelets: KubernetesVersion,
  { machines = {}, configurations = {} }: DeployedMachines,
): MachineChange {
  const { name } = machine;
  const { installer } = imageOf(base, machine);
  const deployed = machines[name];
  if (deployed === undefined)
    return { machine: name, effect: "joins", cause: `installed from ${shortened(installer)}` };
  if (deployed.installer !== undefined && deployed.installer !== installer) {
    return { machine: name, effect: "will be upgraded", cause: imageChange(deployed.installer, installer) };
  }
  const before = configurations[name];
  if (before === undefined) {
    return { machine: name, effect: "may restart", cause: "the last deployment did not publish what it configured" };
  }
  const now = configurationParts(base, machine, kubelets);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (path) => before[path] !== now[path],
  );
  const minor = installedMinor(installer) ?? minorOf(base.talos.version);
  const restarts = changed.filter((path) => !isLive(minor, path));
  if (restarts.length > 0) return { machine: name, effect: "restarts", cause: restarts.sort().join(", ") };
  return {
    machine: name,
    effect: changed.length === 0 ? "no effect" : "applied live",
    cause: changed.sort().join(", "),
  };
}

/**
 * The same, where a machine is known to have what the settings say, or to have left: a deployment that was interrupted
 * has published nothing of what it did.
 */
export function unlessDone(change: MachineChange, done: boolean): MachineChange {
  if (!done || change.effect === "no effect") return change;
  const cause = change.effect === "leaves the cluster" ? "has left already" : "has what the settings say already";
  return { machine: change.machine, effect: "no effect", cause };
}

/** The versions, where nothing else of the image's name changes. */
function imageChange(before: string, now: string): string {
  const tagged = /^(.*):(v[^:@/]+)$/;
  const [one, other] = [tagged.exec(before), tagged.exec(now)];
  if (one !== null && other !== null && one[1] === other[1]) return `${one[2]} → ${other[2]}`;
  return `${shortened(before)} → ${shortened(now)}`;
}

/** Names with the id of a schematic or a digest are longer than a line. */
function shortened(image: string): string {
  return image.replaceAll(/[0-9a-f]{64}/g, (id) => `${id.slice(0, 12)}…`);
}

/** @param minor of the Talos that runs: 13 of v1.13. */
function isLive(minor: number, path: string): boolean {
  if (minor >= 14) return true;
  if (path.startsWith("machine.features.")) return LIVE_FEATURES.has(path);
  // another contract changes any part of what is generated
  if (path === "talos.version") return false;
  return LIVE.has(path) || !path.startsWith("machine.");
}

/** One line for people. */
export function describeChange({ machine, effect, cause }: MachineChange): string {
  return cause === "" ? `${machine}: ${effect}` : `${machine}: ${effect} (${cause})`;
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
