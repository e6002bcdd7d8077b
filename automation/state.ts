import { fieldsOf, type Fields } from "../components/core/fields";

/** A resource as a state holds it; fields that are not named here are kept as they are. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  /** URN. */
  readonly parent?: string;
  /** `<urn>::<id>` of the provider's resource. */
  readonly provider?: string;
  readonly inputs?: Fields;
  readonly outputs?: Fields;
}

/** An operation that had begun and of which the engine did not see the end. */
export interface PendingOperation {
  readonly type: string;
  readonly resource: StateResource;
}

/** A state as `pulumi stack export` writes it. */
export interface State {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

/** Marks a secret in a state: the engine's own constants. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export function isSecret(value: unknown): boolean {
  return fieldsOf(value)[SIGNATURE] === SECRET;
}

/** A value of a state that was exported with its secrets in plain text. */
export function plainValue(value: unknown): unknown {
  const { plaintext } = fieldsOf(value);
  return isSecret(value) && typeof plaintext === "string" ? (JSON.parse(plaintext) as unknown) : value;
}
