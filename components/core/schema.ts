import { z } from "zod";
import { checked } from "./checked";
import { Cidr } from "./cidr";
import { DNS_LABEL } from "./names";
import { quantity } from "./quantity";
import { KubernetesVersion } from "./version";

/*
 * Building blocks of the settings of all layers. A layer's settings.ts puts them together and describes every field;
 * the parsed type, the JSON Schema for editors and the reference pages come from there.
 */

/**
 * Forms of texts, for editors, which cannot run a parser; and by them the names that reference pages use for types.
 */
export const FORMS = {
  "IPv4 network": /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
  "Kubernetes version": /^v1\.\d+\.\d+$/,
  image:
    /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
  quantity: /^[0-9]+(\.[0-9]+)?(m|k|Ki|[MGTP]i?)?$/,
} as const;

/** An IPv4 network, parsed into a {@link Cidr}. */
export const cidr = fromText(
  (text) => Cidr.parse(text),
  "must be an IPv4 network like 10.244.0.0/16, host bits zero",
  FORMS["IPv4 network"],
);

/** A full Kubernetes version, parsed into a {@link KubernetesVersion}. */
export const kubernetesVersion = fromText(
  (text) => KubernetesVersion.parse(text),
  "must be a Kubernetes version like v1.34.4",
  FORMS["Kubernetes version"],
);

/** Name of something that names of Kubernetes objects are made of. At most 40 characters, to leave room for suffixes. */
export const name = z.string().regex(DNS_LABEL, "must be a DNS label: a-z, 0-9 and - inside").max(40);

/** An IPv4 address. */
export const address = z.ipv4("must be an IPv4 address");

/** A DNS domain of at least two labels. */
export const domain = z.string().refine(isDomain, "must be a domain with a dot in it, like cluster.local");

/** An image by its full name: registry, path, and tag or digest. */
export const image = z
  .string()
  .regex(FORMS.image, "must be an image with registry and tag or digest, like registry.example/installer:v1.13.0");

/** host or host:port */
export const hostPort = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/, { error: "must be host or host:port", abort: true })
  .refine((text) => Number(text.split(":")[1] ?? 1) <= 65_535, "must be host or host:port, with a port up to 65535");

/** A Kubernetes quantity, as text. */
export const quantityText = z
  .string()
  .refine(isQuantity, "must be a quantity like 4Gi, 500m or 2")
  .meta({ pattern: FORMS.quantity.source });

/** A whole number from `min` to `max`. */
export function count(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
}

/** How much a cloud or a cluster has to survive: production has defaults and rules that development does not have. */
export const tier = z.enum(["development", "production"]);
export type Tier = z.output<typeof tier>;

/** An absolute URL with one of these protocols. */
export function url(protocols: readonly string[], example: string) {
  return z.url({ protocol: new RegExp(`^(?:${protocols.join("|")})$`), message: `must be a URL like ${example}` });
}

/**
 * Checks settings of a stack file against a schema.
 *
 * @param what whose settings they are: "base configuration".
 * @throws InvalidInput with every problem at once.
 */
export function parseSettings<S extends z.ZodType>(schema: S, what: string, raw: unknown): z.output<S> {
  return checked(schema, raw, { what, fix: "correct it in the stack file" });
}

/** A value object read from text: the schema has its form, the parser decides. */
function fromText<T>(parse: (text: string) => T, rule: string, pattern: RegExp) {
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

function isDomain(text: string): boolean {
  const labels = text.split(".");
  return labels.length > 1 && labels.every((label) => DNS_LABEL.test(label) && label.length <= 63);
}

function isQuantity(text: string): boolean {
  try {
    return quantity(text) >= 0;
  } catch {
    return false;
  }
}
