import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checked } from "../components/core/checked";
import { Cidr } from "../components/core/cidr";
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
 * Checks settings of a stack file against a schema.
 *
 * @throws InvalidInput with every problem at once.
 */
export function parseSettings<S extends z.ZodType>(schema: S, subject: string, raw: unknown): z.output<S> {
  return checked(schema, raw, { subject, fix: "correct it in the stack file" });
}
