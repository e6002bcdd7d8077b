/**
 * What the engine puts where a preview does not know a value yet, one text per kind of value
 * (@pulumi/policy proxy.js; the Node runtime sends the one for strings).
 */
const SENTINELS: ReadonlySet<string> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Stands for a value that is not known before deployment, in resources that are given to `evaluate`. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SENTINEL_LENGTH = UNKNOWN.length;

export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && value.length === SENTINEL_LENGTH && SENTINELS.has(value);
}

/** Keys and values that mark a secret in a state file or in the engine's wire format. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/**
 * What a secret wrapper hides, when `value` is one: the plain value where the wrapper carries it, UNKNOWN where it
 * carries only a cipher text.
 */
export function unwrapSecret(value: object): { readonly value: unknown } | undefined {
  if (!Object.hasOwn(value, SIGNATURE)) return undefined;
  const wrapper = value as Record<string, unknown>;
  if (wrapper[SIGNATURE] !== SECRET) return undefined;
  if (Object.hasOwn(wrapper, "value")) return { value: wrapper["value"] };
  const { plaintext } = wrapper;
  return { value: typeof plaintext === "string" ? parsed(plaintext) : UNKNOWN };
}

/** A value inside a secret wrapper. */
export function secretOf(value: unknown): object {
  return { [SIGNATURE]: SECRET, value };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return UNKNOWN;
  }
}
