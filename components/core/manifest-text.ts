import { parseAllDocuments, type ScalarTag, stringify } from "yaml";

/*
 * Kubernetes and Helm read YAML 1.1 (go-yaml 2 behind sigs.k8s.io/yaml 1.6): `Yes`, `on` and `n` are booleans, `0644` is
 * octal. The parser here reads and writes YAML 1.2, where the first are texts and the last is decimal
 * (findings/yaml-file-mode.sh). So a plain `No` of ours comes to the API server as false: it refused Cilium's
 * allowFirstLastIPs, an enum of Yes and No.
 */

const BOOLEAN: ScalarTag = {
  identify: () => false,
  default: true,
  tag: "tag:yaml.org,2002:bool",
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^[yY]|^[oO][nN]$/.test(text),
};

const OCTAL: ScalarTag = {
  identify: () => false,
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => parseInt(text, 8),
};

/** Objects as YAML that Kubernetes and Helm read as what they are; several are documents of their own. */
export function manifestText(...objects: readonly object[]): string {
  const options = { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false } as const;
  return objects.map((object) => stringify(object, options)).join("---\n");
}

/**
 * The documents of a text as Kubernetes reads them, without empty ones.
 *
 * @throws Error when the text is no YAML.
 */
export function readManifests(text: string): Record<string, unknown>[] {
  const documents = parseAllDocuments(text, { customTags: (tags) => [BOOLEAN, OCTAL, ...tags] });
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as Record<string, unknown> | null;
    return object === null ? [] : [object];
  });
}
