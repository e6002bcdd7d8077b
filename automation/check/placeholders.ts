import { applyPatch, generatedConfiguration, isUnknown, parseYaml, UNKNOWN, type Documents } from "../../policies";

/*
 * What replaces providers. Nearly everything that they compute is not known without them, and is left so. The
 * configuration of a machine is different: Talos puts it together from what the program says, and so can we.
 */

const SECRETS = "talos:machine/secrets:Secrets";
const CONFIGURATION = "talos:machine/getConfiguration:getConfiguration";

/**
 * Stands for an output of another stack that is not known. The SDK takes a whole reference for unknown when one of its
 * outputs is, so what goes into it has to look known; what comes out of the program with it in it is not.
 */
const PLACEHOLDER = "firmament-check:not-known-before-deployment";

/** A kubeconfig that programs can take apart; every part of it is not known. */
const KUBECONFIG = JSON.stringify({
  "current-context": PLACEHOLDER,
  contexts: [{ name: PLACEHOLDER, context: { cluster: PLACEHOLDER, user: PLACEHOLDER } }],
  clusters: [
    {
      name: PLACEHOLDER,
      cluster: { server: `https://unknown.invalid/${PLACEHOLDER}`, "certificate-authority-data": PLACEHOLDER },
    },
  ],
  users: [{ name: PLACEHOLDER, user: { "client-certificate-data": PLACEHOLDER, "client-key-data": PLACEHOLDER } }],
});

/** Value of an output, as another program may read it. */
export function forReading(output: string, value: unknown): unknown {
  const placeholder = output === "kubeconfig" ? KUBECONFIG : PLACEHOLDER;
  return replaced(value, (text) => (isUnknown(text) ? placeholder : text));
}

/** What a program made of such values. */
export function afterReading(value: unknown): unknown {
  return replaced(value, (text) => (text.includes(PLACEHOLDER) ? UNKNOWN : text));
}

/** The same value where no text differs, so that what needs no change costs no copy. */
function replaced(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => replaced(item, change));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  const entries = Object.entries(fields).map(([name, inner]) => [name, replaced(inner, change)] as const);
  return entries.some(([name, inner]) => inner !== fields[name]) ? Object.fromEntries(entries) : value;
}

/** Whether something is known of such a resource before it is deployed. */
export function hasPlaceholder(type: string): boolean {
  return type === SECRETS;
}

/** Outputs of a resource beyond its inputs; those left out are not known. */
export function placeholder(type: string): Record<string, unknown> {
  if (!hasPlaceholder(type)) return {};
  // known, so that the functions which take them are called; what is in them is never looked at
  const key = "unknown before deployment";
  return {
    machineSecrets: { cluster: { id: key }, secrets: {}, certs: {} },
    clientConfiguration: { caCertificate: key, clientCertificate: key, clientKey: key },
  };
}

/** The result of a provider's function. */
export function placeholderResult(token: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (token === CONFIGURATION) return { ...inputs, machineConfiguration: machineConfiguration(inputs) };
  // one value for all: who needs more of a function than that it exists has to be run against a provider
  return token === "talos:client/getConfiguration:getConfiguration" ? { talosConfig: UNKNOWN } : {};
}

/** What Talos 1.13 generates, with the patches of the program, as documents of JSON. */
function machineConfiguration(inputs: Readonly<Record<string, unknown>>): string {
  const role = inputs["machineType"] === "controlplane" ? "controlplane" : "worker";
  const documents: Documents = new Map();
  const { clusterEndpoint: endpoint, kubernetesVersion } = inputs;
  const given = {
    ...(typeof kubernetesVersion === "string"
      ? { machine: { kubelet: { image: `ghcr.io/siderolabs/kubelet:${kubernetesVersion}` } } }
      : {}),
    cluster: { controlPlane: { endpoint } },
  };
  const hostname = { apiVersion: "v1alpha1", kind: "HostnameConfig", auto: "stable" };
  for (const document of [generatedConfiguration(role), given, hostname]) applyPatch(documents, document);
  const patches = Array.isArray(inputs["configPatches"]) ? inputs["configPatches"] : [];
  for (const patch of patches.filter((each): each is string => typeof each === "string")) {
    // what Talos generates is known here as far as rules look at it: what is deleted may be in the rest
    for (const document of parseYaml(patch)) applyPatch(documents, document, () => undefined);
  }
  return [...documents.values()].map((document) => JSON.stringify(document)).join("\n---\n");
}
