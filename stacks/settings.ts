import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { Cidr } from "../components/core/cidr";
import { InvalidInput, type Problem } from "../components/core/problem";
import { KubernetesVersion } from "../components/core/version";
import { DNS_LABEL } from "../components/core/names";
import { quantity } from "../components/core/quantity";

/** Names of the settings of a stack file that belong to this project: `firmament:<key>`. */
export const NAMESPACE = "firmament";

/** A value object read from text: the schema says what is expected, the parser says whether it is. */
function fromText<T>(parse: (text: string) => T, rule: string, pattern: RegExp) {
  // the pattern is for editors, which cannot run the parser
  return z
    .string()
    .meta({ description: rule, pattern: pattern.source })
    .transform((text, context): T => {
      try {
        return parse(text);
      } catch {
        context.addIssue({ code: "custom", message: rule, input: text });
        return z.NEVER;
      }
    });
}

export const cidr = fromText(
  (text) => Cidr.parse(text),
  "must be an IPv4 network like 10.244.0.0/16, host bits zero",
  /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
);
export const kubernetesVersion = fromText(
  (text) => KubernetesVersion.parse(text),
  "must be a Kubernetes version like v1.34.4",
  /^v1\.\d+\.\d+$/,
);
export const name = z.string().regex(DNS_LABEL, "must be a DNS label: a-z, 0-9 and - inside").max(40);
export const address = z.ipv4("must be an IPv4 address");
export const quantityText = z.string().refine(isQuantity, "must be a quantity like 4Gi, 500m or 2");
export const tier = z.enum(["development", "production"]);

function isQuantity(text: string): boolean {
  try {
    return quantity(text) >= 0;
  } catch {
    return false;
  }
}

/**
 * What a stack file says under `firmament:`, with nested values as they were written.
 *
 * Read once, at the start of a program; the engine hands structured settings over as JSON text.
 */
export function readSettings(): Readonly<Record<string, unknown>> {
  const prefix = `${NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), structured(value)]),
  );
}

function structured(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/**
 * Checks `raw` against a schema.
 *
 * @throws InvalidInput with every problem at once, each with its path, what was given and what to do.
 */
export function parseSettings<S extends z.ZodType>(schema: S, subject: string, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new InvalidInput(subject, parsed.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const where = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      where: where === "" ? key : `${where}.${key}`,
      given: "unknown key",
      rule: "only keys of the schema are read",
      fix: "remove it or correct its spelling",
    }));
  }
  const given = issue.input === undefined ? "missing" : abbreviated(issue.input);
  return [{ where: where === "" ? "(top)" : where, given, rule: issue.message, fix: "correct it in the stack file" }];
}

function abbreviated(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
