import { type Fields, fieldsOf } from "../../components/core/fields";
import { evaluate } from "./evaluation";
import { connect, type LiveClient } from "./live-client";
import { POD_KINDS, readableKinds } from "./live-kinds";
import { settingsFor, type PolicyFile } from "./policy-file";
import type { Broken, CheckResult } from "./result";

/** Objects asked for at once. */
const PAGE = 250;

/**
 * Evaluates the objects in a cluster, of the kinds that rules know. Only lists are asked for; Secrets are left out.
 *
 * @param kubeconfig path; the usual places when left out.
 */
export async function checkLive(kubeconfig: string | undefined, policies: PolicyFile): Promise<CheckResult> {
  const started = Date.now();
  const client = connect(kubeconfig);
  const versions = await preferredVersions(client);
  const found: Fields[] = [];
  const broken: Broken[] = [];
  for (const [group, kinds] of kindsByGroup()) {
    const version = versions.get(group);
    if (version === undefined) continue;
    const root = group === "core" ? `/api/${version}` : `/apis/${version}`;
    for (const { kind, plural } of await served(client, root, kinds)) {
      try {
        for await (const item of list(client, `${root}/${plural}`)) found.push({ ...item, apiVersion: version, kind });
      } catch (error) {
        broken.push({ source: `${version} ${kind}`, message: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  const own = found.filter((each) => !isOwned(each));
  const sources = new Map([[client.cluster, own]]);
  const findings = evaluate([{ settings: settingsFor(policies, undefined), sources }], false);
  return {
    checked: [{ source: client.cluster, resources: own.length }],
    findings,
    broken,
    notes: [
      "Checked a cluster: objects that another object owns are evaluated with their owner, Secrets were not read.",
    ],
    milliseconds: Date.now() - started,
  };
}

/** The version in which each group wants to be read. */
async function preferredVersions(client: LiveClient): Promise<Map<string, string>> {
  const { groups } = (await client.get("/apis")) ?? {};
  const versions = new Map([["core", "v1"]]);
  for (const group of items(groups)) {
    const { groupVersion } = fieldsOf(group["preferredVersion"]);
    if (typeof groupVersion === "string") versions.set(String(group["name"]), groupVersion);
  }
  return versions;
}

function kindsByGroup(): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { group, kind } of readableKinds()) groups.set(group, (groups.get(group) ?? new Set<string>()).add(kind));
  return groups;
}

async function served(client: LiveClient, root: string, kinds: ReadonlySet<string>) {
  const { resources } = (await client.get(root)) ?? {};
  return items(resources).flatMap(({ name, kind, verbs }) => {
    const listable = Array.isArray(verbs) && verbs.includes("list");
    if (typeof name !== "string" || typeof kind !== "string" || name.includes("/") || !listable) return [];
    return kinds.has(kind) ? [{ kind, plural: name }] : [];
  });
}

async function* list(client: LiveClient, path: string): AsyncGenerator<Fields> {
  let token = "";
  do {
    const page = await client.get(`${path}?limit=${PAGE}&continue=${encodeURIComponent(token)}`);
    yield* items(page?.["items"]);
    const next = fieldsOf(page?.["metadata"])["continue"];
    token = typeof next === "string" ? next : "";
  } while (token !== "");
}

/** The pods of a Deployment say what the Deployment says, once more. */
function isOwned({ kind, metadata }: Fields): boolean {
  const owners = items(fieldsOf(metadata)["ownerReferences"]);
  return POD_KINDS.includes(String(kind)) && owners.some(({ controller }) => controller === true);
}

function items(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
