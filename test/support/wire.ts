/*
 * What the SDK sends to the engine, as far as tests read it. Requests are protocol buffers whose structs carry secrets
 * and unknown values in a form of their own.
 */

/** Stands for a value that a preview does not know. */
export const UNKNOWN = Symbol("unknown");

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
}

export interface RegisterRequest extends Request {
  getCustom(): boolean;
  getObject(): Struct | undefined;
  getDeletedwith(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
}

export interface ReadRequest extends Request {
  getId(): string;
  getProperties(): Struct | undefined;
}

export interface OutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

export interface Decoded {
  readonly value: Record<string, unknown>;
  /** Dotted paths of what was secret. */
  readonly secrets: string[];
}

// fixed by the engine's protocol (pulumi: sdk/go/common/resource/properties.go)
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Values as the program gave them, secrets unwrapped and listed. */
export function decode(sent: Struct | string | undefined): Decoded {
  const secrets: string[] = [];
  const value = unwrap(typeof sent === "string" ? sent : (sent?.toJavaScript() ?? {}), [], secrets);
  return { value: value as Record<string, unknown>, secrets };
}

function unwrap(value: unknown, path: readonly string[], secrets: string[]): unknown {
  if (value === UNKNOWN_TEXT) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item, index) => unwrap(item, [...path, String(index)], secrets));
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE] === SECRET) {
    secrets.push(path.join("."));
    return unwrap(fields["value"], path, secrets);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => [key, unwrap(inner, [...path, key], secrets)]),
  );
}

/** The name in a resource's URN. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
