import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import { type Fields, isFields } from "../../components/core/fields";

/** One field of a machine's configuration that is not what was deployed. */
export interface Difference {
  /** machine.sysctls.vm.nr_hugepages, or LinkConfig/eno1.addresses.0. */
  readonly path: string;
  /** What was deployed, as JSON; undefined where nothing was. [secret] where it may be one. */
  readonly expected?: string;
  /** What the machine has. */
  readonly actual?: string;
}

/** Parts of a path whose values may be secrets, or hold some: keys, tokens, passwords, files and manifests. */
const MAY_BE_SECRET = /(?:key|token|secret|password|passphrase|auth|crt|ca|content|contents|inlineManifests|files)s?$/i;
const SECRET = "[secret]";

/**
 * The fields in which two machine configurations differ, by path. Order of documents and of fields does not count; a
 * field that is empty is the same as none, for Talos writes neither.
 *
 * @throws Error when one of them is no YAML.
 */
export function compareConfigurations(expected: string, actual: string): Difference[] {
  const [wanted, found] = [documentsOf(expected), documentsOf(actual)];
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return names.flatMap((name) => differences(name, wanted[name], found[name], false));
}

/** By kind and name; those of v1alpha1, which have neither, are its sections. */
function documentsOf(text: string): Fields {
  const documents: Fields = {};
  for (const parsed of parseAllDocuments(text)) {
    const [error] = parsed.errors;
    if (error !== undefined) throw error;
    const content = parsed.toJS() as unknown;
    if (!isFields(content)) continue;
    const { kind, name, apiVersion: _, ...fields } = content;
    if (typeof kind !== "string") Object.assign(documents, fields);
    else documents[typeof name === "string" ? `${kind}/${name}` : kind] = fields;
  }
  return documents;
}

function differences(path: string, expected: unknown, actual: unknown, secret: boolean): Difference[] {
  if (isEmpty(expected) && isEmpty(actual)) return [];
  if (isDeepStrictEqual(expected, actual)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return differences(path, { ...(expected as unknown[]) }, { ...(actual as unknown[]) }, secret);
  }
  if (isFields(expected) && isFields(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    return keys.flatMap((key) =>
      differences(`${path}.${key}`, expected[key], actual[key], secret || MAY_BE_SECRET.test(key)),
    );
  }
  const hidden = secret || holdsSecret(expected) || holdsSecret(actual);
  const shown = (value: unknown) => (hidden ? SECRET : JSON.stringify(value));
  return [
    {
      path,
      ...(isEmpty(expected) ? {} : { expected: shown(expected) }),
      ...(isEmpty(actual) ? {} : { actual: shown(actual) }),
    },
  ];
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.values(value).every(isEmpty);
}

/** Whether a whole part that only one side has holds what may be a secret. */
function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isFields(value) && Object.entries(value).some(([key, each]) => MAY_BE_SECRET.test(key) || holdsSecret(each));
}
