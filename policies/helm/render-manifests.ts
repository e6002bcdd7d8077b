import { kindKey, parseApiVersion, scopeOf } from "../kinds";
import { parseManifests } from "../manifests";
import type { Release } from "./render-input";
import { RELEASE_NAME, RELEASE_NAMESPACE } from "./rendered";

type Fields = Record<string, unknown>;

/** The documents that helm printed, as the resources that they will be: in the release's namespace, marked as its own. */
export function manifestsOf(text: string, release: Release): object[] {
  return parseManifests(text).flatMap((document) => {
    if (!isFields(document)) return [];
    const { apiVersion, kind } = document;
    if (typeof apiVersion !== "string" || typeof kind !== "string") return [];
    const metadata: Fields = isFields(document["metadata"]) ? { ...document["metadata"] } : {};
    const annotations = isFields(metadata["annotations"]) ? metadata["annotations"] : {};
    metadata["annotations"] = { ...annotations, [RELEASE_NAME]: release.name, [RELEASE_NAMESPACE]: release.namespace };
    const key = kindKey({ ...parseApiVersion(apiVersion), kind });
    // Helm puts what names no namespace into that of the release
    if (metadata["namespace"] === undefined && scopeOf(key) === "namespaced") metadata["namespace"] = release.namespace;
    const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
    return [
      {
        type: `kubernetes:${apiVersion}:${kind}`,
        name: `${release.name}/${name}`,
        props: { ...document, metadata },
        opts: release.urn === undefined ? {} : { parent: release.urn },
        ...(release.provider === undefined ? {} : { provider: release.provider }),
      },
    ];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
