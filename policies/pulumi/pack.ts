import type { Policies, ResourceValidationPolicy, StackValidation, StackValidationPolicy } from "@pulumi/policy";
import { Desk, NOTHING_TO_SAY } from "./finding-reporter";
import { UNDECIDED } from "../engine/evaluator";
import { defaultLevel } from "../engine/levels";
import { configJsonSchema } from "./pack-config";
import type { ResourceRule, Rule, StackRule } from "../engine/rule";

/** Name of the policy that carries the configuration of the whole pack. */
export const PACK = "firmament";

/**
 * The rules as policies of the engine: one policy per rule, named by its id, so that each has its own level,
 * description and references wherever the engine shows them.
 *
 * The engine unpacks all properties of a resource anew for every policy, which for so many policies would take far
 * longer than evaluating. Hence the first policy, `firmament`, evaluates by all rules at once and lays the findings on a
 * desk; the policies of the rules stay empty unless there is something on the desk for them to report.
 */
export function policiesOf(rules: readonly Rule[]): Policies {
  const desk = new Desk(rules);
  return [
    collector(desk),
    ...rules.map((rule) => (rule.scope === "resource" ? resourcePolicy(rule, desk) : stackPolicy(rule, desk))),
  ];
}

/** Both a resource and a stack policy, so that one configuration serves both. */
function collector(desk: Desk): ResourceValidationPolicy & StackValidationPolicy {
  return {
    name: PACK,
    displayName: "Configuration",
    description: "Holds the configuration of all rules and evaluates by them; reports what is wrong with exemptions.",
    // remediations are shown which inputs are secret, validations are not: it looks, and changes nothing
    enforcementLevel: "remediate",
    remediateResource: (args) => desk.noteSecrets(args),
    configSchema: configJsonSchema,
    validateResource: (args) => desk.evaluateResource(args),
    validateStack: (args, report) => {
      for (const message of desk.evaluateStack(args)) report(message);
    },
  };
}

function facts(rule: Rule) {
  return {
    name: rule.id,
    displayName: rule.title,
    description: `${rule.title}.`,
    enforcementLevel: rule.id === UNDECIDED ? ("advisory" as const) : defaultLevel(rule),
    severity: rule.severity,
    tags: [rule.group, rule.scope, ...rule.references],
    remediationSteps: rule.fix,
  };
}

function resourcePolicy(rule: ResourceRule, desk: Desk): ResourceValidationPolicy {
  return {
    ...facts(rule),
    // previews of stacks are undecided in the same places as those of resources
    ...(rule.id === UNDECIDED ? { validateStack: stackValidation(rule.id, desk) } : {}),
    validateResource: desk.bell(rule.id),
    ...(rule.remediate === undefined ? {} : { remediateResource: (args) => desk.remediate(rule, args) }),
  };
}

function stackPolicy(rule: StackRule, desk: Desk): StackValidationPolicy {
  return { ...facts(rule), validateStack: stackValidation(rule.id, desk) };
}

function stackValidation(rule: string, desk: Desk): StackValidation {
  const validate: StackValidation = (_args, report) => desk.reportStack(rule, report);
  // the engine skips a policy for a type that the stack does not have, before it unpacks anything
  Object.defineProperty(validate, "__pulumiType", {
    get: () => (desk.hasForStack(rule) ? undefined : NOTHING_TO_SAY),
  });
  return validate;
}
