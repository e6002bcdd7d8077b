import { z } from "zod";
import { url } from "../../../core/schema";
import { ClusterIssuer } from "../../apis/certificates";
import type { CommonSettings } from "../../common-settings";
import type { OwnSettings, PlannedObject } from "../../component";

/** ClusterIssuer of certificates that everybody trusts. */
export const PUBLIC_ISSUER = "acme";

export const certificateSettings = {
  certificates: {
    acme: z
      .strictObject({
        server: url(["https"], "https://acme.example/directory").describe("directory of the authority (RFC 8555)"),
        email: z.email().describe("whom the authority writes to before a certificate ends"),
        ingressClass: z
          .string()
          .min(1)
          .describe("class of the ingress controller that answers the authority (HTTP-01)"),
      })
      .exactOptional()
      .describe(`a public authority, as ClusterIssuer ${PUBLIC_ISSUER}, for names that the world reaches`),
  },
};

/** None where no public authority is named. */
export function acmeIssuer({
  certificates: { acme },
}: CommonSettings & OwnSettings<typeof certificateSettings>): PlannedObject[] {
  if (acme === undefined) return [];
  const { server, email, ingressClass } = acme;
  return [
    {
      resource: PUBLIC_ISSUER,
      // not awaited: the authority may be away, and nothing of the platform needs it
      object: ClusterIssuer({
        metadata: { name: PUBLIC_ISSUER },
        spec: {
          acme: {
            server,
            email,
            privateKeySecretRef: { name: "acme-account" },
            solvers: [{ http01: { ingress: { ingressClassName: ingressClass } } }],
          },
        },
      }),
    },
  ];
}
