import { fieldsOf, isFields, type Fields } from "../../../components/core/fields";
import type { Flag } from "../../engine/library/flags";
import { resourceRule, type ResourceRule, type RuleFacts, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";
import { APPLY, appliedDocuments, talosConfig, TEMPLATES, type TalosConfig } from "../../engine/library/talos/config";

interface TalosRule extends Omit<RuleFacts, "group"> {
  /** Only machines of this role are looked at; where the role is not known, those that look like one. */
  readonly role?: "controlplane";
  readonly check: (config: TalosConfig, settings: Settings) => Iterable<Violation>;
}

/**
 * A rule about the configuration of a machine.
 *
 * What is missing may be said by a text that is not known yet: such violations wait for it.
 */
export function talosRule(rule: TalosRule): ResourceRule {
  const { check, role, ...facts } = rule;
  return resourceRule({
    ...facts,
    group: "talos",
    types: [APPLY, ...TEMPLATES],
    on: ({ type, key }) => type === APPLY || TEMPLATES.includes(key),
    *check(target, settings) {
      const config = target.memo(talosConfig);
      if (config === undefined || (role !== undefined && config.role !== role)) return;
      for (const violation of check(config, settings)) {
        const { at, unless = [] } = violation;
        const missing = !at.unreadable && !at.present;
        yield missing ? { ...violation, unless: [...unless, ...config.hidden] } : violation;
      }
    },
  });
}

/** Command line flags in a map of extraArgs; since Talos 1.14 one flag may have several values. */
export function flagsIn(extraArgs: View): Flag[] {
  return extraArgs.entries().flatMap(([name, view]) => {
    const values = Array.isArray(view.value) ? view.items() : [view];
    return values.flatMap((at) => {
      const { value } = at;
      if (value === undefined || value === null || typeof value === "object") return [];
      return [{ name: name.toLowerCase().replaceAll("_", "-"), value: String(value), at }];
    });
  });
}

/** The last value of a flag. */
export function flagIn(extraArgs: View, name: string): Flag | undefined {
  return flagsIn(extraArgs).findLast((flag) => flag.name === name);
}

/** A section of the cluster, where the main document and the documents of newer versions keep it. */
export function sections(config: TalosConfig, section: string, kind: string): View[] {
  return [config.cluster.field(section), ...config.documents(kind)];
}

/** Documents that took over a part of the main document: what is said in both is refused. */
const SPLIT = /^Kube(?!Span)(?:let|[A-Z])\w*Config(?: |$)/;

/**
 * Appends a patch to the main document that has the last word; not where the main document no longer has it.
 *
 * Of its deletions, those are kept that find something in the inputs: Talos (machinery 1.13.0) refuses a whole patch
 * that deletes a path which is not there.
 */
export function patchLast(object: Record<string, unknown>, patch: Fields): void {
  const present = Object.hasOwn(object, "configPatches") ? object["configPatches"] : undefined;
  if (present !== undefined && present !== null && !Array.isArray(present)) return;
  const documents = appliedDocuments(object);
  if ([...documents.keys()].some((key) => SPLIT.test(key))) return;
  const kept = possible(patch, documents.get("") ?? {});
  if (kept === undefined) return;
  object["configPatches"] = [...((present as unknown[] | null | undefined) ?? []), JSON.stringify(kept)];
}

/** A patch without deletions of what is not there; undefined when nothing is left. */
function possible(patch: Fields, present: Fields): Fields | undefined {
  const entries = Object.entries(patch).flatMap(([name, value]) => {
    const there = Object.hasOwn(present, name) ? present[name] : undefined;
    if (!isFields(value)) return [[name, value] as const];
    if (value["$patch"] === "delete") return there === undefined ? [] : [[name, value] as const];
    const inner = possible(value, fieldsOf(there));
    return inner === undefined ? [] : [[name, inner] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Ports that a NetworkRuleConfig is about, as ranges. */
export function portsOf(rule: View): (readonly [number, number])[] {
  return rule
    .at("portSelector", "ports")
    .items()
    .flatMap(({ value }) => {
      if (typeof value === "number") return [[value, value] as const];
      const match = typeof value === "string" ? /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(value) : null;
      return match === null ? [] : [[Number(match[1]), Number(match[2] ?? match[1])] as const];
    });
}
