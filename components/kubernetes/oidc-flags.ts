import type { Oidc } from "./settings/oidc";

/**
 * Flags of an API server that people log in through OpenID Connect at; none where they do not.
 *
 * @param caFile where the API server finds the certificate of the issuer's authority, if settings have one.
 */
export function oidcFlags(oidc: Oidc | undefined, caFile: string): Record<string, string> {
  if (oidc === undefined) return {};
  const { issuer, clientId, usernameClaim, usernamePrefix, groupsClaim, groupsPrefix, ca } = oidc;
  return {
    "oidc-issuer-url": issuer,
    "oidc-client-id": clientId,
    "oidc-username-claim": usernameClaim,
    "oidc-username-prefix": usernamePrefix,
    ...(groupsClaim === undefined ? {} : { "oidc-groups-claim": groupsClaim, "oidc-groups-prefix": groupsPrefix }),
    ...(ca === undefined ? {} : { "oidc-ca-file": caFile }),
  };
}
