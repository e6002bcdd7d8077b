import type { Rule, Severity } from "./rule";
import type { Level, Settings } from "./settings";

/** Level of a rule where nothing else is configured: the pack is strict, as for production. */
const BY_SEVERITY: Readonly<Record<Severity, Level>> = {
  critical: "mandatory",
  high: "mandatory",
  medium: "mandatory",
  low: "advisory",
};

export function defaultLevel({ severity }: Pick<Rule, "severity">): Level {
  return BY_SEVERITY[severity];
}

/**
 * The level the configuration of the pack asks for: what `levels` says of the rule, or the milder treatment of medium
 * rules in development. Undefined where it leaves the decision to the engine's own configuration of the policy.
 */
export function configuredLevel(rule: Pick<Rule, "id" | "severity">, settings: Settings): Level | undefined {
  const said = Object.hasOwn(settings.levels, rule.id) ? settings.levels[rule.id] : undefined;
  if (said !== undefined) return said;
  return settings.tier === "development" && rule.severity === "medium" ? "advisory" : undefined;
}

/** The level a finding is reported at outside the engine, e.g. by the check of pull requests. */
export function levelOf(rule: Pick<Rule, "id" | "severity">, settings: Settings): Level {
  return configuredLevel(rule, settings) ?? defaultLevel(rule);
}
