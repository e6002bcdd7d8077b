import { machineApi, type MachineApi } from "../../components/talos/life/machine-api";
import type { Engine } from "../engine";
import { compareConfigurations, type Difference } from "./compare";
import { type MachineOfState, machinesOfState } from "./of-state";

/** What runs on a machine, against what was deployed to it. */
export interface MachineDrift {
  /** As the settings name it. */
  readonly machine: string;
  readonly address: string;
  readonly differences: readonly Difference[];
  /** Why it could not be looked at. */
  readonly error?: string;
}

export interface DriftOptions {
  /** The Talos API of a machine. Default: over the network. */
  readonly connect?: (variables: Readonly<Record<string, string>>) => Pick<MachineApi, "call" | "message" | "inner">;
}

const CONFIGURATION = "MachineConfigs.config.talos.dev";

/**
 * Compares what runs on each machine of a base stack with what its state says, field by field. Machines are only read,
 * and so is the state, with its secrets. What may be a secret is compared, and shown as [secret].
 *
 * The provider's own read does nothing (siderolabs/terraform-provider-talos 0.11), so that `pulumi refresh` sees no drift.
 *
 * @throws InvalidInput when the stack has no machines, OperationFailed when its state cannot be read.
 */
export async function driftOf(
  engine: Pick<Engine, "exportState">,
  stack: string,
  { connect = machineApi }: DriftOptions = {},
): Promise<MachineDrift[]> {
  const { machines } = await machinesOfState(engine, stack);
  return Promise.all(machines.map((machine) => driftOfMachine(machine, connect)));
}

async function driftOfMachine(
  { name: machine, address, variables, configuration: expected }: MachineOfState,
  connect: NonNullable<DriftOptions["connect"]>,
): Promise<MachineDrift> {
  const api = connect(variables);
  try {
    const differences = compareConfigurations(expected, await configurationOf(api));
    return { machine, address, differences: [...(await systemDrift(api, expected)), ...differences] };
  } catch (error) {
    return { machine, address, differences: [], error: (error as Error).message };
  }
}

/** What the machine runs now: not what it would take after its next restart. */
async function configurationOf({ call, message, inner }: Pick<MachineApi, "call" | "message" | "inner">) {
  const request = message({ 1: "config", 2: CONFIGURATION, 3: "v1alpha1" });
  const [answer = Buffer.alloc(0)] = await call("cosi.resource.State/Get", request);
  return inner(answer, 1, 2, 1, 1).toString();
}

/**
 * Another Talos, or an image of another schematic, than that of the installer: somebody upgraded the machine, or it went
 * back to the one before. Images by digest alone, and those of other factories, say neither.
 */
async function systemDrift(
  { call, message, inner }: Pick<MachineApi, "call" | "message" | "inner">,
  configuration: string,
): Promise<Difference[]> {
  const image = /^ +image: (\S+)/m.exec(installSection(configuration))?.[1] ?? "";
  const [answer = Buffer.alloc(0)] = await call("machine.MachineService/Version");
  const version = { expected: /:(v\d+\.\d+\.\d+[^@]*)/.exec(image)?.[1], actual: inner(answer, 1, 2, 1).toString() };
  const expected = /\/([0-9a-f]{64})[:@]/.exec(image)?.[1];
  const asked = message({ 1: "runtime", 2: "ExtensionStatuses.runtime.talos.dev" });
  // the image factory puts the id among the extensions, as one that is called schematic
  const layers = expected === undefined ? [] : await call("cosi.resource.State/List", asked);
  const marks = layers.map((layer) => inner(layer, 1, 2, 1, 2)).filter((mark) => `${inner(mark, 1)}` === "schematic");
  const schematic = { expected, actual: marks.map((mark) => inner(mark, 2).toString()).join() };
  return [
    { path: "Talos", ...version },
    { path: "schematic", ...schematic },
  ].flatMap((each) =>
    each.expected === undefined || each.expected === each.actual ? [] : [{ ...each, expected: each.expected }],
  );
}

function installSection(configuration: string): string {
  return /^ {4}install:\n((?: {5,}.*\n)+)/m.exec(configuration)?.[1] ?? "";
}
