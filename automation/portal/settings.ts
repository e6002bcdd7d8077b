import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { checked } from "../../components/core/checked";
import { quantity } from "../../components/core/quantity";
import { offers } from "../../components/platform/offers";
import { readYaml } from "../../stacks/stack-files";

const amount = z
  .union([z.string(), z.number()])
  .refine(isQuantity, { error: "must be a quantity like 96, 320Gi or 2Ti" })
  .transform((value) => quantity(String(value)));

const customers = z
  .union([z.literal("*"), z.array(z.string().min(1))])
  .describe("customers whose clusters they see; `*`: all, with what only operators see");

const oidc = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }).refine(isPrivate, { error: "must be https, but on this machine" }),
  clientId: z.string().min(1),
  audience: z.string().min(1).optional().describe("of bearer tokens (default: clientId)"),
  clientSecretFile: z.string().optional().describe("for clients that are not public"),
  groupsClaim: z.string().default("groups"),
  nameClaim: z.string().default("email").describe("by which the log names a person, beside `sub`"),
  groups: z
    .record(z.string(), z.strictObject({ customers, readOnly: z.boolean().default(false) }))
    .describe("what members of a group may do; who is in none may do nothing"),
});

const token = z.strictObject({
  name: z.string().min(1).max(60).describe("by which the log names who has it"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: "must be a SHA-256 in hex: `firmament portal --new-token`" }),
  customers,
  readOnly: z.boolean().default(false),
});

const limit = z.strictObject({ cpu: amount.optional(), memory: amount.optional(), storage: amount.optional() });

const prices = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/),
    cpu: z.number().min(0),
    memory: z.number().min(0).describe("a GiB"),
    storage: z.number().min(0).describe("a GiB"),
  })
  .describe("of quota, for a month");

const engine = z.strictObject({
  backend: z.string().optional().describe("where states are (default: where the user is logged in)"),
  passphraseFile: z.string().optional(),
  secretsProvider: z.string().optional(),
  pulumiRoot: z.string().optional().describe("directory whose bin/pulumi is run (default: on PATH)"),
  helm: z.string().optional().describe("helm, with which charts are rendered for the policies (default: on PATH)"),
  charts: z.string().optional().describe("folder or repository that charts come from instead of their own"),
});

/** Settings that hold for a portal however it reaches its cloud. */
export const serviceSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine(isPrivate, { error: "must be https, but on this machine" })
    .optional()
    .describe("how browsers reach it (default: http:// and what it listens on)"),
  trustProxy: z.boolean().default(false).describe("whether a proxy in front says who connects (X-Forwarded-For)"),
  database: z.string().default("portal.db"),
  jobs: z.int().min(1).max(32).default(2).describe("clusters that are worked on at the same time"),
  tokens: z.array(token).default([]),
  oidc: oidc.optional(),
  customers: z.record(z.string(), limit).default({}).describe("most quota of all clusters of a customer together"),
  prices: prices.optional(),
});

export const settingsSchema = serviceSchema.extend({
  cloud: z.string().min(1),
  project: z.string().default(".").describe("where Pulumi.yaml is"),
  offers: offers.optional().describe("where the platform's contract offers nothing"),
  engine: engine.prefault({}),
});

export type ServiceSettings = z.output<typeof serviceSchema>;
export type PortalSettings = z.output<typeof settingsSchema>;
export type OidcSettings = z.output<typeof oidc>;

/**
 * Settings of a portal. Paths in it are relative to its folder.
 *
 * @throws InvalidInput with everything that is wrong.
 */
export function readSettings(file: string): PortalSettings {
  const settings = checked(settingsSchema, readYaml(file), { what: file, fix: "correct it" });
  const at = (name: string) => path.resolve(path.dirname(file), name);
  const { oidc: login, engine: own } = settings;
  return {
    ...settings,
    database: at(settings.database),
    project: at(settings.project),
    engine: {
      ...own,
      ...(own.passphraseFile === undefined ? {} : { passphraseFile: at(own.passphraseFile) }),
      ...(own.pulumiRoot === undefined ? {} : { pulumiRoot: at(own.pulumiRoot) }),
    },
    ...(login?.clientSecretFile === undefined
      ? {}
      : { oidc: { ...login, clientSecretFile: at(login.clientSecretFile) } }),
  };
}

/** The secret of an OIDC client. @throws when its file cannot be read. */
export function clientSecret({ clientSecretFile }: OidcSettings): string | undefined {
  return clientSecretFile === undefined ? undefined : fs.readFileSync(clientSecretFile, "utf8").trim();
}

function isQuantity(value: string | number): boolean {
  try {
    quantity(String(value));
    return true;
  } catch {
    return false;
  }
}

/** Whether nobody can listen in on the way to a URL. */
function isPrivate(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}
