import { fieldsOf, isFields } from "../../../core/fields";
import { readManifests } from "../../../core/manifest-text";
import type { Problem } from "../../../core/problem";

const OWN = "tenant.nodePools.<name>";

/** What a machine joins by: the provider writes it, and a machine with another would be lost. */
const JOINING = [
  "machine.type",
  "machine.token",
  "machine.ca",
  "machine.acceptedCAs",
  "machine.network.hostname",
  "cluster.id",
  "cluster.secret",
  "cluster.token",
  "cluster.ca",
  "cluster.controlPlane",
  "cluster.clusterName",
];

/** What settings say, and what they are. */
const SETTINGS: Readonly<Record<string, string>> = {
  "machine.kubelet.extraArgs": `${OWN}.kubelet.extraArgs`,
  "machine.kubelet.image": "tenant.kubernetesVersion",
  "machine.nodeLabels": `${OWN}.labels`,
  "machine.nodeTaints": `${OWN}.taints`,
  "cluster.network.dnsDomain": "tenant.network.dnsDomain",
  "cluster.network.podSubnets": "tenant.network.podCidr",
  "cluster.network.serviceSubnets": "tenant.network.serviceCidr",
};

/** Patches that are none, or that would keep a machine from joining. */
export function patchProblems(where: string, patch: string): Problem[] {
  const documents = documentsOf(patch);
  if (documents === undefined || documents.length === 0) {
    const given = patch.split("\n", 1).join("");
    return [
      { where, given, rule: "must be YAML of keys and values", fix: "write `- |` and one `key: value` in a line" },
    ];
  }
  const problems = documents.flatMap((document) => documentProblems(where, document));
  if (!/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(patch)) return problems;
  const rule = "must hold no secrets: who may read the tenant's namespace can read it, and it is in previews";
  return [...problems, { where, given: "a private key", rule, fix: "put it into a Secret of the tenant's cluster" }];
}

function documentProblems(where: string, document: object): Problem[] {
  const { kind } = fieldsOf(document);
  if (kind === "HostnameConfig") {
    const rule = "must leave machines their names: Cluster API finds their nodes by them";
    return [{ where, given: "HostnameConfig", rule, fix: "remove it" }];
  }
  // documents of other kinds have nothing of the join
  if (kind !== undefined) return [];
  const joining = JOINING.filter((path) => at(document, path) !== undefined).map((path) => {
    const rule = "is written by the provider: the machine would not join with another";
    return { where, given: path, rule, fix: "remove it" };
  });
  const settings = Object.entries(SETTINGS)
    .filter(([path]) => at(document, path) !== undefined)
    .map(([path, setting]) => ({ where, given: path, rule: "is decided by settings", fix: `use ${setting}` }));
  return [...joining, ...settings];
}

/** Undefined where the text is no YAML, or not of keys and values. */
function documentsOf(patch: string): object[] | undefined {
  try {
    const documents: unknown[] = readManifests(patch);
    return documents.every(isFields) ? documents : undefined;
  } catch {
    return undefined;
  }
}

function at(document: object, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => fieldsOf(value)[key], document);
}
