import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fields, isFields } from "../../core/fields";
import { nearest } from "../../core/nearest";
import type { Problem } from "../../core/problem";
import type { LockedChart } from "./lock";
import { WRAPPED_KEYS } from "./wrap";

/**
 * Keys that a chart reads of its values: a map of them, `value` where what is below a key is no map, `any` where the
 * chart takes whatever is there.
 */
export type ChartKeys = KeyMap | "value" | "any";

export interface KeyMap {
  readonly [key: string]: ChartKeys;
}

/** What is recorded of a pinned chart. */
export interface KeyRecord {
  readonly chart: string;
  /** As in the lock: the keys of another version say nothing. */
  readonly version: string;
  readonly keys: ChartKeys;
}

/** Folder of the project that has one file for each chart whose keys are recorded. */
export const KEYS_FOLDER = join("versions", "chart-keys");

export const keysFile = (root: string, chart: string): string => join(root, KEYS_FOLDER, `${chart}.json`);

/**
 * The keys of a chart's values, in the version of the lock; undefined where they were never recorded, or of another
 * version: such values cannot be checked.
 *
 * @param root directory of the project.
 */
export function readKeys(root: string, chart: string, { version, manifests }: LockedChart): ChartKeys | undefined {
  if (manifests !== undefined) return WRAPPED_KEYS;
  let text: string;
  try {
    text = readFileSync(keysFile(root, chart), "utf8");
  } catch {
    return undefined;
  }
  const record = JSON.parse(text) as KeyRecord;
  return record.version === version ? record.keys : undefined;
}

/**
 * What of a chart's values it does not read. Helm ignores such keys without a word.
 *
 * @param where path of the values, as the reader wrote it.
 */
export function unknownKeys(values: Fields, keys: ChartKeys, where: string, chart: string): Problem[] {
  if (keys === "any") return [];
  if (keys === "value") {
    if (Object.keys(values).length === 0) return [];
    const rule = `${chart} has a single value or a list there`;
    return [{ where, given: `a map with ${list(Object.keys(values))}`, rule, fix: "give it as the chart has it" }];
  }
  return Object.entries(values).flatMap(([key, value]) => {
    const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (known === undefined) return [unknownKey(key, keys, where, chart)];
    return isFields(value) ? unknownKeys(value, known, `${where}.${key}`, chart) : [];
  });
}

/** Names in a message: enough to find one's way, not all sixty. */
const SHOWN = 8;

function unknownKey(key: string, keys: KeyMap, where: string, chart: string): Problem {
  const all = Object.keys(keys).sort();
  const meant = nearest(key, all);
  const rule =
    all.length === 0
      ? `${chart} has no values there`
      : `${chart} has no such key, and Helm would ignore it; it has ${list(all)}`;
  const fix = meant === undefined ? "correct the key or remove it" : `write ${meant}, or remove it`;
  return { where: `${where}.${key}`, given: "unknown key", rule, fix };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
