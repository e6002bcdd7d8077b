import { contentName } from "../../../core/names";
import { tenantMetadata } from "../../names";
import type { Tenant } from "../../settings";
import { API_SERVER_FOLDER, apiServerData, apiServerFlags } from "../api-server";
import type { ApiServerFiles } from "../control-plane-kind";
import type { KamajiControlPlaneSpec } from "./kinds";

/**
 * Files that an API server needs for its settings; undefined where it needs none. An API server reads them when it
 * starts, hence a new name for new content, which makes new pods.
 */
export function apiServerFiles(tenant: Tenant): ApiServerFiles | undefined {
  const data = apiServerData(tenant);
  if (Object.keys(data).length === 0) return undefined;
  return { metadata: tenantMetadata(tenant.name, contentName(data, tenant.name, "api-server")), data };
}

/** The API server's part of a control plane, and the volume with its files. */
export function apiServerSpec(
  tenant: Tenant,
  resources: KamajiControlPlaneSpec["apiServer"]["resources"],
): {
  readonly apiServer: KamajiControlPlaneSpec["apiServer"];
  readonly volumes: Pick<KamajiControlPlaneSpec["deployment"], "extraVolumes">;
} {
  const files = apiServerFiles(tenant);
  const volume = "firmament-files";
  return {
    apiServer: {
      resources,
      ...flagList(apiServerFlags(tenant)),
      ...(files === undefined
        ? {}
        : { extraVolumeMounts: [{ name: volume, mountPath: API_SERVER_FOLDER, readOnly: true as const }] }),
    },
    volumes: files === undefined ? {} : { extraVolumes: [{ name: volume, configMap: { name: files.metadata.name } }] },
  };
}

/** `extraArgs` of a component; nothing where there are none. */
export function flagList(flags: Readonly<Record<string, string>>): { readonly extraArgs?: string[] } {
  const list = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return list.length === 0 ? {} : { extraArgs: list.sort() };
}
