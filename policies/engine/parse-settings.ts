import { z } from "zod";
import { checked } from "../../components/core/checked";
import { refuse, type Problem } from "../../components/core/problem";
import { nearest } from "../../components/core/nearest";
import { parseParameters, parametersSchema } from "./parse-parameters";
import type { Rule } from "./rule";
import { DEFAULTS, NEWEST_POLICY_VERSION, settingsSchema, type Settings } from "./settings";

const WHAT = "policy configuration";

/**
 * Checks a configuration of the pack.
 *
 * @param rules all rules; levels, exemptions and parameters must be of one of them.
 * @throws InvalidInput with every problem at once.
 */
export function parseSettings(raw: unknown, rules: readonly Rule[]): Settings {
  const config = checked(settingsSchema(z), raw ?? {}, { what: WHAT, fix: "correct the configuration" });
  const params = parseParameters(config.params, rules);
  refuse(WHAT, [
    ...unknownRules(config, new Set(rules.map(({ id }) => id))),
    ...withoutRemediation(config, rules),
    ...params.problems,
  ]);
  return {
    ...DEFAULTS,
    ...config,
    params: params.values,
    tierGiven: typeof raw === "object" && raw !== null && (raw as { readonly tier?: unknown }).tier !== undefined,
    policyVersion: Math.min(config.kubernetes ?? NEWEST_POLICY_VERSION, NEWEST_POLICY_VERSION),
  };
}

/** The JSON Schema of the configuration, the parameters of every rule included. */
export function settingsJsonSchema(rules: readonly Rule[]): Record<string, unknown> {
  const schema = settingsSchema(z).extend({
    params: parametersSchema(rules).optional().describe("Parameters by rule."),
  });
  return z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as Record<string, unknown>;
}

function unknownRules({ levels, exemptions }: Pick<Settings, "levels" | "exemptions">, ids: ReadonlySet<string>) {
  const named = [
    ...Object.keys(levels).map((rule) => [`levels.${rule}`, rule] as const),
    ...exemptions.map(({ rule }, index) => [`exemptions.${index}.rule`, rule] as const),
  ];
  return named
    .filter(([, rule]) => !ids.has(rule))
    .map(([where, given]): Problem => {
      const meant = nearest(given, ids);
      const fix = meant === undefined ? "correct its spelling" : `did you mean ${meant}?`;
      return { where, given, rule: "must be the id of a rule", fix };
    });
}

/** Levels that ask for a remediation that the rule does not have: violations would block, as if nothing had been said. */
function withoutRemediation({ levels }: Pick<Settings, "levels">, rules: readonly Rule[]): Problem[] {
  return rules
    .filter(({ id, remediate }) => remediate === undefined && Object.hasOwn(levels, id) && levels[id] === "remediate")
    .map(({ id }) => ({
      where: `levels.${id}`,
      given: "remediate",
      rule: "the rule has no remediation",
      fix: "choose advisory, mandatory or disabled",
    }));
}
