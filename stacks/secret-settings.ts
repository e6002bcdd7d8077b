import type { z } from "zod";
import { NAMESPACE } from "../components/core/layers";
import { refuse, type Problem } from "../components/core/problem";

/** Settings beside a layer's own whose descriptions say that they are secret. */
function secretKeys({ shape }: z.ZodObject): string[] {
  return Object.entries(shape as Readonly<Record<string, z.ZodType>>).flatMap(([key, { description }]) =>
    description?.startsWith("secret:") === true ? [key] : [],
  );
}

/**
 * Refuses secrets that a stack file has in plain text, which does not show them.
 *
 * @param settings as they are written, without the namespace.
 * @param isEncrypted whether a value is written encrypted.
 * @throws InvalidInput naming all of them.
 */
export function refusePlainSecrets(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
  isEncrypted: (value: unknown) => boolean,
): void {
  refuse(
    "the stack file",
    secretKeys(schema).flatMap((key) => plainTexts([key], settings[key], isEncrypted).map(problem)),
  );
}

/**
 * The same for a program that runs, where the engine has decrypted the values: it tells of a whole setting whether
 * anything in it is encrypted, in the environment of the process that it starts. Elsewhere nothing is known.
 */
export function refusePlainSettings(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
  told: string | undefined = process.env["PULUMI_CONFIG_SECRET_KEYS"],
): void {
  if (told === undefined) return;
  const encrypted = new Set(JSON.parse(told) as string[]);
  const plain = secretKeys(schema).filter(
    (key) => settings[key] !== undefined && !encrypted.has(`${NAMESPACE}:${key}`),
  );
  refuse(
    "the stack file",
    plain.flatMap((key) => plainTexts([key], settings[key], () => false).map(problem)),
  );
}

/** Paths of values that are not encrypted. */
function plainTexts(path: readonly string[], value: unknown, isEncrypted: (value: unknown) => boolean): string[][] {
  if (value === undefined || value === null || isEncrypted(value)) return [];
  if (typeof value !== "object") return [[...path]];
  return Object.entries(value).flatMap(([key, each]) => plainTexts([...path, key], each, isEncrypted));
}

function problem(path: readonly string[]): Problem {
  const [key = "", ...rest] = path;
  const keys = rest.map((each) => (/^\w+$/.test(each) ? `.${each}` : `["${each}"]`)).join("");
  const option = rest.length > 0 ? "--path " : "";
  return {
    where: path.join("."),
    given: "in plain text",
    rule: "is a secret, and everybody who reads the stack file has it",
    fix: `make a new one, and set it with \`pulumi config set --secret ${option}'${NAMESPACE}:${key}${keys}'\``,
  };
}
