import { parse } from "yaml";
import { manifestText, readManifests } from "../../core/manifest-text";
import { type ChartFiles, sha256 } from "./archive";
import type { LockedChart, ManifestEdit } from "./lock";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = { readonly [key: string]: Json };

/** Registries whose images a mirror can take over: the value `imageRegistry` of a wrapped chart replaces the host. */
const IMAGE = /^(quay\.io|ghcr\.io|docker\.io|registry\.k8s\.io)(\/[\w./-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?)$/;

/** The values of every wrapped chart. */
export const WRAPPED_KEYS = { imageRegistry: "value" } as const;

/** Marks of what is put in as a template after everything else has been made harmless. */
const NAMESPACE = "@@namespace@@";
const REGISTRY = /@@registry:([\w.]+)@@/g;

/**
 * Makes a chart of upstream's manifests, for components that have none.
 *
 * Namespaces are left out (the platform makes its own, with pod-security labels) and references to them follow the
 * release. CRDs stay when the release goes. Images follow the value `imageRegistry`.
 */
export function wrapManifests(name: string, locked: LockedChart, manifests: readonly string[]): ChartFiles {
  const objects = manifests
    .flatMap((text) => readManifests(text) as JsonMap[])
    .filter((object) => object["kind"] !== "Namespace")
    .map((object) => marked(edited(object, locked.edits ?? []), locked.namespace))
    .map(kept);
  const restarted = objects.map((object) => withChecksum(object, objects));
  const text = manifestText(...restarted);
  return new Map([
    ["Chart.yaml", chartYaml(name, locked.version)],
    ["values.yaml", 'imageRegistry: ""\n'],
    ["templates/manifests.yaml", templated(text)],
  ]);
}

/**
 * A chart out of upstream's sources, as upstream would release it under the version of the lock: without dependencies
 * (those that the platform needs are charts of their own), with CRDs that stay when the release goes.
 */
export function adoptChart(locked: LockedChart, files: ChartFiles): ChartFiles {
  const { dependencies: _, ...chart } = parse(files.get("Chart.yaml") ?? "") as Record<string, unknown>;
  const own = [...files].filter(([file]) => !file.startsWith("charts/") && file !== "Chart.lock");
  const adopted = new Map(own.map(([file, text]) => [file, file.startsWith("templates/") ? keptText(text) : text]));
  adopted.set("Chart.yaml", manifestText({ ...chart, version: locked.version }));
  return adopted;
}

function chartYaml(name: string, version: string): string {
  return manifestText({
    apiVersion: "v2",
    name,
    version,
    appVersion: version,
    description: `Upstream's manifests of ${name}`,
  });
}

function edited(object: JsonMap, edits: readonly ManifestEdit[]): JsonMap {
  return edits
    .filter(({ kind }) => kind === object["kind"])
    .reduce((map, { path, value }) => put(map, path.split("."), value as Json) as JsonMap, object);
}

function put(target: Json, [key, ...rest]: readonly string[], value: Json): Json {
  if (key === undefined) return value;
  if (Array.isArray(target)) {
    return (target as readonly Json[]).map((item, index) => (index === Number(key) ? put(item, rest, value) : item));
  }
  const map = (typeof target === "object" && target !== null ? target : {}) as JsonMap;
  return { ...map, [key]: put(map[key] ?? {}, rest, value) };
}

/** Namespaces and images as marks. */
function marked(object: JsonMap, namespace: string | undefined): JsonMap {
  const walk = (value: Json, key?: string): Json => {
    if (typeof value === "string") {
      if (key === "namespace" && value === namespace) return NAMESPACE;
      const image = IMAGE.exec(value);
      return image === null ? value : `@@registry:${image[1]}@@${image[2]}`;
    }
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => walk(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value as JsonMap).map(([inner, item]) => [inner, walk(item, inner)]));
  };
  return walk(object) as JsonMap;
}

/**
 * Pods that mount ConfigMaps of the same manifests get their checksum as an annotation: they read them when they start,
 * so a change has to restart them.
 */
function withChecksum(object: JsonMap, all: readonly JsonMap[]): JsonMap {
  const mounted = at(object, ["spec", "template", "spec", "volumes"]);
  if (!Array.isArray(mounted)) return object;
  const names = mounted.map((volume: Json) => at(volume, ["configMap", "name"]));
  const maps = all.filter(
    (each) => each["kind"] === "ConfigMap" && names.includes(at(each, ["metadata", "name"]) ?? null),
  );
  if (maps.length === 0) return object;
  const checksum = sha256(Buffer.from(JSON.stringify(maps)));
  return put(object, ["spec", "template", "metadata", "annotations", "checksum/config"], checksum) as JsonMap;
}

function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (map, key) => (typeof map === "object" && map !== null && !Array.isArray(map) ? (map as JsonMap)[key] : undefined),
    value,
  );
}

function kept(object: JsonMap): JsonMap {
  return object["kind"] === "CustomResourceDefinition"
    ? (put(object, ["metadata", "annotations", "helm.sh/resource-policy"], "keep") as JsonMap)
    : object;
}

/** The same for the text of a template, which is not YAML yet. */
function keptText(text: string): string {
  return text.replace(
    /^(kind: CustomResourceDefinition\nmetadata:\n)( {2}annotations:\n)?/gm,
    (_match, head: string) => `${head}  annotations:\n    helm.sh/resource-policy: keep\n`,
  );
}

/** Upstream's braces are text; the marks become the only expressions. */
function templated(text: string): string {
  return text
    .replace(/\{\{|\}\}/g, (braces) => `{{ ${JSON.stringify(braces)} }}`)
    .replaceAll(NAMESPACE, "{{ .Release.Namespace }}")
    .replace(REGISTRY, (_match, host: string) => `{{ .Values.imageRegistry | default ${JSON.stringify(host)} }}`);
}
