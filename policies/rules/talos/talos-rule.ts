import type { Flag } from "../../engine/library/flags";
import { resourceRule, type ResourceRule, type RuleFacts, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";
import { APPLY, talosConfig, TEMPLATES, type TalosConfig } from "../../engine/library/talos/config";

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

/** Command line flags in a map of extraArgs; since Talos 1.13 one flag may have several values. */
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
const SPLIT = /\bkind["']?\s*:\s*["']?Kube(?!Span)(?:let|[A-Z])\w*Config\b/;

/** Appends a patch that has the last word; not where the main document no longer has it. */
export function patchLast(object: Record<string, unknown>, patch: object): void {
  const own = (name: string) => (Object.hasOwn(object, name) ? object[name] : undefined);
  const present = own("configPatches");
  if (present !== undefined && present !== null && !Array.isArray(present)) return;
  const texts = [own("machineConfigurationInput"), ...((present as unknown[] | null | undefined) ?? [])];
  if (texts.some((text) => typeof text === "string" && SPLIT.test(text))) return;
  object["configPatches"] = [...((present as unknown[] | null | undefined) ?? []), JSON.stringify(patch)];
}
