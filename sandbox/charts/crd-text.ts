import { manifestText } from "../../components/core/manifest-text";
import type { Crd } from "../../components/platform/crd-sources";

/** A Kubernetes object as YAML has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Name of a CRD's file in the bundle. */
export const crdFile = ({ metadata }: Crd): string => `crd-${metadata.name}.yaml`;

/**
 * A CRD as the bundle has it: named, labelled, without conversion webhooks (there is no one to answer them before its
 * controller runs) and without descriptions, which are most of its size and would not fit into a Helm release.
 *
 * Always starts with apiVersion, kind, metadata and metadata.name in this order: what adds annotations relies on it.
 */
export function crdText({ metadata, spec }: Crd, labels: Readonly<Record<string, string>>): string {
  const { conversion: _, versions, ...rest } = spec;
  const own = (metadata["labels"] ?? {}) as Record<string, string>;
  const all = { ...own, ...labels };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: metadata.name,
      ...annotations(metadata),
      ...(Object.keys(all).length > 0 ? { labels: all } : {}),
    },
    spec: { ...rest, versions: versions.map(undescribed) },
  };
  return manifestText(crd);
}

/** Groups of kubernetes.io are protected: the API asks for the note on who approved them. */
function annotations(metadata: Crd["metadata"]): { annotations?: Record<string, string> } {
  const note = "api-approved.kubernetes.io";
  const approved = ((metadata["annotations"] ?? {}) as Record<string, string>)[note];
  return approved === undefined ? {} : { annotations: { [note]: approved } };
}

function undescribed(version: Crd["spec"]["versions"][number]): object {
  const { schema, ...rest } = version;
  if (schema === undefined) return rest;
  const { openAPIV3Schema } = schema as { openAPIV3Schema: unknown };
  return { ...rest, schema: { openAPIV3Schema: withoutDescriptions(openAPIV3Schema) } };
}

/** A schema without its texts. Fields that are called `description` stay: under `properties` keys are names. */
export function withoutDescriptions(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDescriptions);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => key !== "description" || typeof value !== "string");
  return Object.fromEntries(kept.map(([key, value]) => [key, inner(key, value)]));
}

function inner(key: string, value: unknown): unknown {
  // data of users of the schema, not schema
  if (key === "default" || key === "enum" || key === "example") return value;
  if (key !== "properties" && key !== "definitions") return withoutDescriptions(value);
  const fields = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutDescriptions(field)]));
}

/** The text of a CRD of the bundle with an annotation more: `helm.sh/resource-policy: keep` is Helm's for "leave it". */
export function kept(text: string): string {
  const annotation = "    helm.sh/resource-policy: keep\n";
  return text.includes("\n  annotations:\n")
    ? text.replace("\n  annotations:\n", `\n  annotations:\n${annotation}`)
    : text.replace(/^( {2}name: .*\n)/m, `$1  annotations:\n${annotation}`);
}
