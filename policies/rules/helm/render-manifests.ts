import { type Fields, isFields } from "../../../components/core/fields";
import { kindKey, parseApiVersion, scopeOf } from "../../engine/kinds";
import { parseManifests } from "../../engine/manifests";
import type { Release } from "./render-input";
import { UNKNOWN } from "../../engine/unknown";
import { RELEASE_NAME, RELEASE_NAMESPACE } from "../../engine/library/helm/release-marks";

/** Stands for a value that is not known yet; may be part of names and addresses. */
export const PLACEHOLDER = "not-known-before-deployment-7d1f2c";

/** One document that helm printed. */
interface Document {
  readonly content: unknown;
  /** File of the chart that it comes from: `shop/templates/web.yaml`. */
  readonly source: string;
}

/**
 * The documents that helm printed, as the resources that they will be: in the release's namespace, marked as its own.
 * Several texts are the same release at several moments: what they have in common is there once.
 */
export function manifestsOf(texts: readonly string[], release: Release): object[] {
  const seen = new Set<string>();
  return texts.flatMap(documentsOf).flatMap(({ content, source }) => {
    if (!isFields(content) || isOnlyTest(content)) return [];
    const resource = resourceOf(content, source, release);
    const text = JSON.stringify(resource);
    if (resource === undefined || seen.has(text)) return [];
    seen.add(text);
    return [resource];
  });
}

function resourceOf(content: Fields, source: string, release: Release): object | undefined {
  const { apiVersion, kind } = content;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  const metadata: Fields = isFields(content["metadata"]) ? { ...content["metadata"] } : {};
  const annotations = isFields(metadata["annotations"]) ? metadata["annotations"] : {};
  metadata["annotations"] = { ...annotations, [RELEASE_NAME]: release.name, [RELEASE_NAMESPACE]: release.namespace };
  const key = kindKey({ ...parseApiVersion(apiVersion), kind });
  // Helm puts what names no namespace into that of the release
  if (metadata["namespace"] === undefined && scopeOf(key) === "namespaced") metadata["namespace"] = release.namespace;
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  return {
    type: `kubernetes:${apiVersion}:${kind}`,
    name: `${release.name}/${name}`,
    props: { ...content, metadata },
    opts: {
      ...(release.urn === undefined ? {} : { parent: release.urn }),
      // what Helm installs out of the folder crds/ it never removes; the rest goes, or stays, with the release
      retainOnDelete: release.retained || isCrdFile(source),
    },
    ...(release.provider === undefined ? {} : { provider: release.provider }),
  };
}

/**
 * Whether a hook runs as a test of the chart only, when somebody asks for it. One that an installation runs as well
 * (`pre-install,test`) is no such test; helm's own --skip-tests would leave it out (3.22.0, run).
 */
function isOnlyTest({ metadata }: Fields): boolean {
  const annotations = isFields(metadata) ? metadata["annotations"] : undefined;
  const hook = isFields(annotations) ? annotations["helm.sh/hook"] : undefined;
  if (typeof hook !== "string") return false;
  const moments = hook.split(",").map((moment) => moment.trim());
  return moments.every((moment) => TESTS.has(moment));
}

const TESTS: ReadonlySet<string> = new Set(["test", "test-success", "test-failure"]);

/** Helm says of every document which file it comes from, in the line after the dashes. */
function documentsOf(text: string): Document[] {
  return text.split(/^---\n(?=# Source: )/m).flatMap((part) => {
    const source = /^# Source: (.*)$/m.exec(part)?.[1] ?? "";
    return parseManifests(part).map((content) => ({ content: withUnknown(content), source }));
  });
}

/** `shop/crds/orders.yaml`, or `shop/charts/db/crds/tables.yaml` of a chart inside it. */
function isCrdFile(source: string): boolean {
  return /^[^/]+\/(?:charts\/[^/]+\/)*crds\//.test(source);
}

/** Every text that the placeholder became part of is not known. Changes in place: no other code has the documents yet. */
function withUnknown(document: unknown): unknown {
  if (typeof document === "string") return document.includes(PLACEHOLDER) ? UNKNOWN : document;
  const pending: unknown[] = [document];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const holder = next as Record<string, unknown>;
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value !== "string") pending.push(value);
      else if (value.includes(PLACEHOLDER)) holder[key] = UNKNOWN;
    }
  }
  return document;
}
