import type { Policies, ResourceValidationPolicy, StackValidation, StackValidationPolicy } from "@pulumi/policy";
import { FindingReporter, NO_TYPE } from "./finding-reporter";
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
 * The engine unpacks all properties of a resource again for every policy, which for so many policies would take far
 * longer than evaluating. Hence the first policy, `firmament`, evaluates all rules at once and records the findings; the
 * policies of the rules have no validator unless there is a finding for them to report.
 */
export function policiesOf(rules: readonly Rule[]): Policies {
  const reporter = new FindingReporter(rules);
  return [
    configuration(reporter, rules),
    ...rules.map((rule) => (rule.scope === "resource" ? resourcePolicy(rule, reporter) : stackPolicy(rule, reporter))),
  ];
}

/** Both a resource and a stack policy, so that one configuration serves both. */
function configuration(
  reporter: FindingReporter,
  rules: readonly Rule[],
): ResourceValidationPolicy & StackValidationPolicy {
  return {
    name: PACK,
    displayName: "Configuration",
    description: "Holds the configuration of all rules and evaluates them; reports what is wrong with exemptions.",
    // the engine marks secret inputs for remediations only: this one reads the marks and changes nothing
    enforcementLevel: "remediate",
    remediateResource: (args) => reporter.noteSecrets(args),
    configSchema: configJsonSchema(rules),
    validateResource: (args) => reporter.evaluateResource(args),
    validateStack: (args, report) => {
      for (const message of reporter.evaluateStack(args)) report(message);
    },
  };
}

function described(rule: Rule) {
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

function resourcePolicy(rule: ResourceRule, reporter: FindingReporter): ResourceValidationPolicy {
  return {
    ...described(rule),
    // previews of stacks are undecided in the same places as those of resources
    ...(rule.id === UNDECIDED ? { validateStack: stackValidation(rule.id, reporter) } : {}),
    validateResource: reporter.validatorsOf(rule.id),
    ...(rule.remediate === undefined ? {} : { remediateResource: (args) => reporter.remediate(rule, args) }),
  };
}

function stackPolicy(rule: StackRule, reporter: FindingReporter): StackValidationPolicy {
  return { ...described(rule), validateStack: stackValidation(rule.id, reporter) };
}

function stackValidation(rule: string, reporter: FindingReporter): StackValidation {
  const validate: StackValidation = (_args, report) => reporter.reportStack(rule, report);
  // the engine skips a policy for a type that the stack does not have, before it unpacks anything
  Object.defineProperty(validate, "__pulumiType", {
    get: () => (reporter.hasForStack(rule) ? undefined : NO_TYPE),
  });
  return validate;
}
