import { z } from "zod";
import { Concealed } from "../../core/concealed";
import { certificate } from "../../core/certificate";

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/;

const endpoint = z
  .string()
  .regex(
    /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/[A-Za-z0-9._~/-]*)?$/,
    "must be a URL like https://registry.example:5000, without user and password",
  )
  .refine(URL.canParse, "must be a URL like https://registry.example:5000");

const mirror = z.strictObject({
  endpoints: z.array(endpoint).min(1).describe("URLs of the mirror, tried in this order."),
  overridePath: z
    .boolean()
    .default(false)
    .describe("Whether the URLs are complete, as those of a project in Harbor: no /v2 is appended to them."),
  skipFallback: z
    .boolean()
    .default(false)
    .describe("Whether images come from the mirror or not at all; otherwise the registry itself is tried last."),
});

const host = z.string().regex(HOST, "must be host or host:port, as in the endpoint's URL");

/** Where the machines get images from. */
export const registries = z
  .strictObject({
    mirrors: z
      .record(
        z.string().refine((text) => text === "*" || HOST.test(text), "must be a registry like ghcr.io, or *"),
        mirror,
      )
      .default({})
      .describe("Mirrors by the registry that images name, like ghcr.io; `*` for every registry without an own entry."),
    auth: z
      .record(
        host,
        z.strictObject({
          username: z
            .string()
            .regex(/^[^\s:]+$/, "must be a user name without spaces and colons")
            .describe("Name of the user or robot account."),
        }),
      )
      .default({})
      .describe(
        "Who machines log in as, by the host of an endpoint. The password is secret: " +
          "`pulumi config set --secret --path 'firmament:registryPasswords[\"<host>\"]'`.",
      ),
    tls: z
      .record(
        host,
        z.strictObject({
          ca: certificate.describe("Certificate in PEM of the authority that signed the registry's."),
        }),
      )
      .default({})
      .describe("Certificate authorities of registries, by the host of an endpoint."),
  })
  .prefault({})
  .describe("Registries that the machines pull images from: those of Talos, of Kubernetes and of every pod.");

/** Beside `base`: secret. What is wrong with them is said by rules, which do not show them. */
export const registryPasswords = z
  .record(
    z.string(),
    z.unknown().transform((given) => (typeof given === "string" && given !== "" ? new Concealed(given) : undefined)),
  )
  .default({})
  .describe("secret: passwords of the registries that base.registries.auth has, by host");
