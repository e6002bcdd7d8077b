import { stringify } from "yaml";
import { contentName } from "../core/names";
import { auditPolicyOf } from "../kubernetes/audit-policy";
import { authenticationConfiguration } from "../kubernetes/authentication-configuration";
import { oidcFlags } from "../kubernetes/oidc-flags";
import type { KamajiControlPlaneSpec } from "./kinds/kamaji-control-plane";
import { tenantMetadata } from "./names";
import type { Tenant } from "./settings";

/** Where the API server finds the files of these settings. */
const FOLDER = "/etc/firmament";
const AUDIT_POLICY = "audit-policy.yaml";
const AUTHENTICATION = "authentication.yaml";
const OIDC_CA = "oidc-ca.pem";

/** Files of API servers: a ConfigMap of the management cluster, mounted into their pods. */
export interface ApiServerFiles {
  readonly metadata: ReturnType<typeof tenantMetadata>;
  readonly data: Record<string, string>;
}

/**
 * Files that an API server needs for its settings; undefined where it needs none. An API server reads them when it
 * starts, hence a new name for new content, which makes new pods.
 */
export function apiServerFiles({ name, controlPlane, kubernetesVersion }: Tenant): ApiServerFiles | undefined {
  const { audit, oidc, authentication } = controlPlane;
  const data = {
    ...(audit === undefined ? {} : { [AUDIT_POLICY]: stringify(auditPolicyOf(audit)) }),
    ...(oidc?.ca === undefined ? {} : { [OIDC_CA]: oidc.ca }),
    ...(authentication === undefined
      ? {}
      : { [AUTHENTICATION]: stringify(authenticationConfiguration(authentication, kubernetesVersion)) }),
  };
  if (Object.keys(data).length === 0) return undefined;
  return { metadata: tenantMetadata(name, contentName(data, name, "api-server")), data };
}

/** The API server's part of a control plane, and the volume with its files. */
export function apiServerSpec(
  tenant: Tenant,
  resources: KamajiControlPlaneSpec["apiServer"]["resources"],
): {
  readonly apiServer: KamajiControlPlaneSpec["apiServer"];
  readonly volumes: Pick<KamajiControlPlaneSpec["deployment"], "extraVolumes">;
} {
  const { apiServer, audit, oidc, authentication } = tenant.controlPlane;
  const files = apiServerFiles(tenant);
  const flags = {
    ...apiServer.extraArgs,
    // to standard output: a pod has no disk to keep it on
    ...(audit === undefined ? {} : { "audit-policy-file": `${FOLDER}/${AUDIT_POLICY}`, "audit-log-path": "-" }),
    ...oidcFlags(oidc, `${FOLDER}/${OIDC_CA}`),
    ...(authentication === undefined ? {} : { "authentication-config": `${FOLDER}/${AUTHENTICATION}` }),
  };
  const volume = "firmament-files";
  return {
    apiServer: {
      resources,
      ...flagList(flags),
      ...(files === undefined
        ? {}
        : { extraVolumeMounts: [{ name: volume, mountPath: FOLDER, readOnly: true as const }] }),
    },
    volumes: files === undefined ? {} : { extraVolumes: [{ name: volume, configMap: { name: files.metadata.name } }] },
  };
}

/** `extraArgs` of a component; nothing where there are none. */
export function flagList(flags: Readonly<Record<string, string>>): { readonly extraArgs?: string[] } {
  const list = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return list.length === 0 ? {} : { extraArgs: list.sort() };
}
