import type { ApiObject } from "./live-types";
import { POD_KINDS, readableKinds } from "./live-kinds";
import { judge } from "./judgement";
import { settingsFor, type PolicyFile } from "./policy-file";
import type { Broken, CheckResult } from "./result";

/** Objects asked for at once. */
const PAGE = 250;

/**
 * Judges the objects in a cluster, of the kinds that rules know. Only lists are asked for; Secrets are left out.
 *
 * @param kubeconfig path; the usual places when left out.
 */
export async function checkLive(kubeconfig: string | undefined, policies: PolicyFile): Promise<CheckResult> {
  const started = Date.now();
  // the client is large, and nothing else needs it
  const { ApisApi, KubeConfig, KubernetesObjectApi } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  const groups = await config.makeApiClient(ApisApi).getAPIVersions();
  const versions = new Map(
    groups.groups.map(({ name, preferredVersion }) => [name, preferredVersion?.groupVersion ?? ""]),
  );
  versions.set("core", "v1");

  const objects = KubernetesObjectApi.makeApiClient(config);
  const found: ApiObject[] = [];
  const broken: Broken[] = [];
  for (const { group, kind } of readableKinds()) {
    const version = versions.get(group);
    if (version === undefined) continue;
    try {
      let token: string | undefined;
      do {
        const args = [undefined, undefined, undefined, undefined, undefined, undefined, PAGE, token] as const;
        const list = await objects.list(version, kind, ...args);
        for (const item of list.items) found.push({ ...item, apiVersion: version, kind });
        token = list.metadata?._continue;
      } while (token !== undefined && token !== "");
    } catch (error) {
      const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      // a group does not have every kind in every version
      if (!/Unrecognized API version and kind|HTTP-Code: 404/.test(message))
        broken.push({ subject: `${version} ${kind}`, message });
    }
  }
  const cluster = config.getCurrentCluster()?.name ?? "cluster";
  const own = found.filter((each) => !isOwned(each));
  const findings = judge([{ settings: settingsFor(policies, undefined), subjects: new Map([[cluster, own]]) }], false);
  const notes = [
    "Checked a cluster: objects that another object owns are judged with their owner, Secrets were not read.",
  ];
  return {
    checked: [{ subject: cluster, resources: own.length }],
    findings,
    broken,
    notes,
    milliseconds: Date.now() - started,
  };
}

/** The pods of a Deployment say what the Deployment says, once more. */
function isOwned({ kind, metadata }: ApiObject): boolean {
  return POD_KINDS.includes(kind) && (metadata?.ownerReferences ?? []).some(({ controller }) => controller === true);
}
