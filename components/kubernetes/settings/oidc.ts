import { z } from "zod";
import { certificate } from "../../core/certificate";
import { url } from "../../core/schema";

const text = z.string().regex(/^\S+$/, "must not be empty, nor hold spaces");

/** What names begin with in the cluster, so that none is one that Kubernetes trusts. */
export const prefix = z
  .string()
  .regex(
    /^(?!system:)[A-Za-z][A-Za-z0-9._-]*[:#/]$/,
    "must end in :, # or / and not begin with system: names without it could be those that Kubernetes trusts",
  );

export const oidcSettings = z
  .strictObject({
    issuer: url(["https"], "https://id.example.com/realms/cloud")
      .regex(/^[^?#]*$/, "must be a URL without query and fragment")
      .describe("URL of the issuer, as its tokens name it. API servers fetch its keys from there."),
    clientId: text.describe("Client that tokens must be made for (aud)."),
    usernameClaim: text.default("sub").describe("Claim that names the user."),
    usernamePrefix: prefix.default("oidc:").describe("What names of users begin with in the cluster."),
    groupsClaim: text.exactOptional().describe("Claim that lists the user's groups. None, when it is left out."),
    groupsPrefix: prefix.default("oidc:").describe("What names of groups begin with in the cluster."),
    ca: certificate
      .exactOptional()
      .describe(
        "Certificate in PEM of the authority that signed the issuer's. The well-known ones, when it is left out.",
      ),
  })
  .meta({ title: "Oidc" })
  .describe("Whom people log in at (OpenID Connect). Nobody but holders of a kubeconfig, when it is left out.");

export type Oidc = z.output<typeof oidcSettings>;
