import { Exemptions } from "./exemptions";
import { renderedReleases } from "./library/helm/render-record";
import type { Finding } from "./finding";
import type { Resource } from "./resource";
import type { ResourceRule, Rule, RuleScope, StackRule, Violation } from "./rule";
import type { Settings } from "./settings";
import { Stack } from "./stack";
import type { Target } from "./target";
import { targetsOf } from "./targets";
import { Reader, type View } from "./view";

/** The rule that reports, once per value, which rules could not be decided because it is unknown. */
export const UNDECIDED = "pulumi-unknown";

const UNDECIDED_RULE = { id: UNDECIDED, severity: "high" } as const;

/** Evaluates resources by a set of rules under one configuration. Make one and use it for many resources. */
export class Evaluator {
  readonly exemptions: Exemptions;
  private readonly resourceRules: readonly ResourceRule[];
  private readonly stackRules: readonly StackRule[];
  /** Which rules look at a type is decided once per type. */
  private readonly byType = new Map<string, readonly ResourceRule[]>();
  private readonly reader = new Reader();

  constructor(
    rules: readonly Rule[],
    private readonly settings: Settings,
    today: string = new Date().toISOString().slice(0, 10),
  ) {
    const active = rules.filter(({ id }) => settings.levels[id] !== "disabled").filter((rule) => this.asked(rule));
    this.resourceRules = active.filter((rule) => rule.scope === "resource");
    this.stackRules = active.filter((rule) => rule.scope === "stack");
    this.exemptions = new Exemptions(settings.exemptions, today, renderedReleases(settings));
  }

  /**
   * All findings about many resources, by both kinds of rules or by one. Rules for single resources may see
   * what else is there, e.g. the account of a pod.
   */
  all(resources: readonly Resource[], context: readonly Resource[], scope?: RuleScope): Finding[] {
    const findings: Finding[] = [];
    let stack: Stack | undefined;
    const gathered = () => (stack ??= new Stack(this.gather(resources), this.gather(context)));
    if (scope !== "stack") {
      // targets are not kept for the stack: making them twice is cheaper than keeping all that was read of them
      for (const resource of resources) {
        for (const target of this.targets(resource, findings)) {
          target.surroundings = gathered;
          this.evaluate(target, findings);
        }
      }
    }
    if (scope !== "resource") this.evaluateStack(gathered(), new Set(resources), findings);
    return this.withSummary(findings);
  }

  /** All findings about a resource by itself. */
  resource(resource: Resource): Finding[] {
    const findings: Finding[] = [];
    for (const target of this.targets(resource, findings)) this.evaluate(target, findings);
    return this.withSummary(findings);
  }

  /** Everything that only the resources of a stack together show. */
  stack(resources: readonly Resource[], context: readonly Resource[]): Finding[] {
    return this.all(resources, context, "stack");
  }

  private evaluate(target: Target, findings: Finding[]): void {
    for (const rule of this.rulesFor(target)) {
      try {
        if (rule.visit === undefined) {
          for (const violation of rule.evaluate(target, this.settings)) this.take(rule, violation, findings);
        } else {
          rule.visit(target, this.settings, (violation) => this.take(rule, violation, findings));
        }
      } catch (error) {
        findings.push(failed(rule, error));
      }
      for (const view of this.reader.take()) findings.push(undecided(rule, view));
    }
  }

  private evaluateStack(stack: Stack, evaluated: ReadonlySet<Resource>, findings: Finding[]): void {
    for (const rule of this.stackRules) {
      try {
        for (const violation of rule.evaluate(stack, this.settings)) {
          if (concerns(violation.at, evaluated)) this.take(rule, violation, findings);
        }
      } catch (error) {
        findings.push(failed(rule, error));
      }
      for (const view of this.reader.take()) if (concerns(view, evaluated)) findings.push(undecided(rule, view));
    }
  }

  private gather(resources: readonly Resource[]): Target[] {
    const targets = resources.flatMap((resource) => targetsOf(resource, this.reader));
    // what cannot be read of the context is no finding
    this.reader.take();
    return targets;
  }

  private targets(resource: Resource, findings: Finding[]): Target[] {
    const targets = targetsOf(resource, this.reader);
    for (const view of this.reader.take()) findings.push(undecided(UNDECIDED_RULE, view));
    return targets;
  }

  /** Adds one finding for every value that is not known yet, naming the rules that asked for it. */
  private withSummary(findings: Finding[]): Finding[] {
    const undecided = findings.filter(({ reason, rule }) => reason === "unknown" && rule !== UNDECIDED);
    if (undecided.length === 0 || this.settings.levels[UNDECIDED] === "disabled") return findings;
    const byValue = new Map<string, Finding & { rules: string[] }>();
    for (const finding of undecided) {
      const value = `${finding.urn ?? finding.resource ?? ""} ${finding.path}`;
      const known = byValue.get(value);
      if (known === undefined) byValue.set(value, { ...finding, rules: [finding.rule] });
      else known.rules.push(finding.rule);
    }
    const summaries = [...byValue.values()].map(({ rules, ...finding }): Finding => {
      const message = `not known before deployment; left undecided until then: ${rules.join(", ")}`;
      return { ...finding, rule: UNDECIDED, severity: UNDECIDED_RULE.severity, message };
    });
    return [...findings, ...summaries];
  }

  /** A level of the Pod Security Standards leaves out the rules of the stricter one. */
  private asked({ profile }: Rule): boolean {
    return profile === undefined || this.settings.profile !== "baseline" || profile === "baseline";
  }

  private rulesFor(target: Target): readonly ResourceRule[] {
    const type = `${target.kubernetes ? "k" : ""} ${target.group} ${target.key}`;
    const known = this.byType.get(type);
    if (known !== undefined) return known;
    const rules = this.resourceRules.filter(({ on }) => on(target));
    this.byType.set(type, rules);
    return rules;
  }

  /** Adds what a rule has found, unless it is excused, or could not be read. */
  private take(rule: Rule, violation: Violation, findings: Finding[]): void {
    const { at, message, unless, missing, severity } = violation;
    if (at.unreadable || (unless !== undefined && unless.some((view) => view.unreadable))) {
      for (const view of [at, ...(unless ?? [])]) if (view.unreadable) void view.value;
      return;
    }
    if (missing === true && this.reader.noted) return;
    if (this.settings.exemptions.length > 0 && this.excused(rule, at)) return;
    const evaluated = severity === undefined ? rule : { id: rule.id, severity };
    findings.push(finding(evaluated, at, `${message}; ${rule.fix}`, "violation"));
  }

  private excused(rule: Rule, at: View): boolean {
    const { target } = at;
    return target !== undefined && this.exemptions.excuse(rule.id, target, at) !== undefined;
  }
}

/** Findings about the context are left out. */
function concerns({ target }: View, evaluated: ReadonlySet<Resource>): boolean {
  return target === undefined || evaluated.has(target.resource);
}

/** What a finding takes from its rule. */
type RuleSeverity = Pick<Rule, "id" | "severity">;

/** Spelled out for each set of fields: there are many findings, and objects that are put together take twice the memory. */
function finding({ id: rule, severity }: RuleSeverity, at: View, message: string, status: Finding["status"]): Finding {
  const { target, where: path } = at;
  if (target === undefined) return { rule, path, message, severity, status };
  const { label: resource } = target;
  const { urn } = target.resource;
  return urn === undefined
    ? { rule, path, message, severity, status, resource }
    : { rule, path, message, severity, status, urn, resource };
}

function failed({ id: rule, severity }: RuleSeverity, error: unknown): Finding {
  const problem = error instanceof Error ? error.message : String(error);
  const message = `the rule could not be evaluated: ${problem}; please report this as a fault of the policy pack`;
  return { rule, path: "", message, severity, status: "undecided", reason: "failed" };
}

function undecided(rule: RuleSeverity, at: View): Finding {
  return at.unknown
    ? {
        ...finding(rule, at, "cannot be decided yet: the value is not known before deployment", "undecided"),
        reason: "unknown",
      }
    : {
        ...finding(
          rule,
          at,
          "cannot be decided: the value has another shape than it must have; correct it",
          "undecided",
        ),
        reason: "malformed",
      };
}
