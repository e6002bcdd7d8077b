/** What a map of YAML or JSON holds, unchecked. */
export type Fields = Record<string, unknown>;

/** Whether a value is a map: neither null nor a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of a map; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
