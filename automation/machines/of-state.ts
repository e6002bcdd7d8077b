import { fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { talosApi } from "../../components/talos/life/talos-variables";
import type { Engine } from "../engine";
import { plainValue, type State, type StateResource } from "../state";

/** A machine of a base stack as its state has it. */
export interface MachineOfState {
  /** As the settings name it. */
  readonly name: string;
  /** Name of its resource: <cluster>-<machine>. */
  readonly resource: string;
  readonly address: string;
  readonly role: "controlplane" | "worker";
  /** Where its Talos API is, and the administrator's access to it; as machineApi takes them. */
  readonly variables: Readonly<Record<string, string>>;
  /** The configuration that was deployed to it. Secret. */
  readonly configuration: string;
}

/** What a base stack's state holds of its machines. */
export interface MachinesOfState {
  readonly machines: readonly MachineOfState[];
  /** Outputs of its secrets: authorities, tokens, keys. Secret; a cluster that was adopted has them in its stack file. */
  readonly secrets?: Readonly<Record<string, unknown>>;
}

const APPLY = "talos:machine/configurationApply:ConfigurationApply";
const SECRETS = "talos:machine/secrets:Secrets";

/**
 * The machines of a deployed base stack.
 *
 * @throws InvalidInput when the stack has none, OperationFailed when its state cannot be read.
 */
export async function machinesOfState(engine: Pick<Engine, "exportState">, stack: string): Promise<MachinesOfState> {
  const state = JSON.parse(await engine.exportState(stack, { plainSecrets: true })) as State;
  const resources = state.deployment.resources ?? [];
  const machines = resources.filter(({ type }) => type === APPLY).map(machineOf);
  const secrets = resources.find(({ type }) => type === SECRETS);
  if (machines.length === 0) {
    const problem = { where: stack, given: "no machines", rule: "must be a base stack that is deployed" };
    throw new InvalidInput(`stack ${stack}`, [{ ...problem, fix: "name one: base.<cloud>" }]);
  }
  return secrets === undefined ? { machines } : { machines, secrets: fieldsOf(plain(secrets.outputs)) };
}

function machineOf({ urn, parent, inputs, outputs }: StateResource): MachineOfState {
  const { node: address = "", endpoint = "" } = fieldsOf(inputs) as Record<string, string>;
  const configuration = String(plainValue(fieldsOf(outputs)["machineConfiguration"]));
  const client = fieldsOf(plain(fieldsOf(inputs)["clientConfiguration"])) as Record<string, string>;
  const resource = nameIn(urn);
  // the component is named after the cluster
  const prefix = parent === undefined ? "" : `${nameIn(parent)}-`;
  const name = resource.startsWith(prefix) ? resource.slice(prefix.length) : resource;
  return {
    name,
    resource,
    address,
    role: /^ {4}type: controlplane$/m.test(configuration) ? "controlplane" : "worker",
    variables: {
      MACHINE: name,
      ...talosApi({ address, ...(endpoint === "" ? {} : { endpoint }) }),
      TALOS_CA: client["caCertificate"] ?? "",
      TALOS_CERT: client["clientCertificate"] ?? "",
      TALOS_KEY: client["clientKey"] ?? "",
    },
    configuration,
  };
}

function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/** The same value with the secrets in it plain: a state marks them at any depth. */
function plain(value: unknown): unknown {
  const shown = plainValue(value);
  if (Array.isArray(shown)) return shown.map(plain);
  if (typeof shown !== "object" || shown === null) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, each]) => [key, plain(each)]));
}
