import { z } from "zod";
import { certificate } from "../../core/certificate";
import { url } from "../../core/schema";
import { prefix } from "./oidc";

const text = z.string().regex(/^\S+$/, "must not be empty, nor hold spaces");
const expression = z.string().min(1, "must be an expression in CEL");
const address = (example: string) =>
  url(["https"], example).regex(/^[^?#]*$/, "must be a URL without query and fragment");

/** Where a name in the cluster comes from: a claim with a prefix, or an expression. Rules check that it is one of them. */
const mapping = (title: string, what: string) =>
  z
    .strictObject({
      claim: text.exactOptional().describe(`Claim that holds ${what}.`),
      prefix: prefix.exactOptional().describe(`What goes before ${what} of a claim. Default: oidc:.`),
      expression: expression
        .exactOptional()
        .describe(`Expression in CEL that gives ${what} instead, e.g. "oidc:" + claims.sub.`),
    })
    .meta({ title });

const claimRule = z
  .strictObject({
    claim: text.exactOptional().describe("Claim that must have a value."),
    requiredValue: z.string().exactOptional().describe("The value, a text. Default: an empty one."),
    expression: expression.exactOptional().describe("Expression in CEL on claims that must be true instead."),
    message: z.string().exactOptional().describe("What is logged where the expression is false."),
  })
  .meta({ title: "Claim rule", description: "What claims of a token must be." });

const userRule = z
  .strictObject({
    expression: expression.describe("Expression in CEL on user that must be true."),
    message: z.string().exactOptional().describe("What is logged where it is false."),
  })
  .meta({ title: "User rule", description: "What a user must be." });

const issuer = z
  .strictObject({
    url: address("https://id.example.com/realms/cloud").describe("URL of the issuer, as its tokens name it."),
    discoveryUrl: address("https://id.internal.example/.well-known/openid-configuration")
      .exactOptional()
      .describe("Where API servers find its configuration, if that is not below its URL."),
    audiences: z
      .array(text)
      .min(1, "must name a client")
      .describe("Clients that tokens must be made for (aud), any of them."),
    ca: certificate
      .exactOptional()
      .describe("Certificate in PEM of the authority that signed the issuer's. Default: the well-known ones."),
    username: mapping("Username", "the user's name").prefault({ claim: "sub" }).describe("Names of its users."),
    groups: mapping("Groups", "the user's groups")
      .exactOptional()
      .describe("Groups of its users. None, when it is left out."),
    claimRules: z.array(claimRule).default([]).describe("What tokens must claim beside."),
    userRules: z.array(userRule).default([]).describe("What users must be beside."),
  })
  .meta({ title: "Issuer", description: "Who says who somebody is." });

export const authenticationSettings = z
  .strictObject({
    issuers: z
      .array(issuer)
      .min(1, "must name an issuer")
      .max(64, "must be 64 issuers or fewer")
      .describe("Issuers of tokens, each with clients and rules of its own."),
  })
  .meta({ title: "Authentication" });

export type Authentication = z.output<typeof authenticationSettings>;
export type Issuer = z.output<typeof issuer>;
