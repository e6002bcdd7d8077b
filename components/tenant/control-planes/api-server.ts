import { stringify } from "yaml";
import { auditPolicyOf } from "../../kubernetes/audit-policy";
import { authenticationConfiguration } from "../../kubernetes/authentication-configuration";
import { oidcFlags } from "../../kubernetes/oidc-flags";
import type { Tenant } from "../settings";

/** Where API servers find the files of their settings. */
export const API_SERVER_FOLDER = "/etc/firmament";
const AUDIT_POLICY = "audit-policy.yaml";
const AUTHENTICATION = "authentication.yaml";
const OIDC_CA = "oidc-ca.pem";

/** Files that an API server needs for its settings, by name; it reads them when it starts. */
export function apiServerData({
  controlPlane: { audit, oidc, authentication },
  kubernetesVersion,
}: Pick<Tenant, "controlPlane" | "kubernetesVersion">): Record<string, string> {
  return {
    ...(audit === undefined ? {} : { [AUDIT_POLICY]: stringify(auditPolicyOf(audit)) }),
    ...(oidc?.ca === undefined ? {} : { [OIDC_CA]: oidc.ca }),
    ...(authentication === undefined
      ? {}
      : { [AUTHENTICATION]: stringify(authenticationConfiguration(authentication, kubernetesVersion)) }),
  };
}

/** Flags of an API server for its settings, without dashes. */
export function apiServerFlags({ controlPlane }: Pick<Tenant, "controlPlane">): Record<string, string> {
  const { apiServer, audit, oidc, authentication } = controlPlane;
  const file = (name: string) => `${API_SERVER_FOLDER}/${name}`;
  return {
    ...apiServer.extraArgs,
    // to standard output: what a machine or pod keeps is gone with it
    ...(audit === undefined ? {} : { "audit-policy-file": file(AUDIT_POLICY), "audit-log-path": "-" }),
    ...oidcFlags(oidc, file(OIDC_CA)),
    ...(authentication === undefined ? {} : { "authentication-config": file(AUTHENTICATION) }),
  };
}
