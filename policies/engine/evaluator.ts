import { Exemptions } from "./exemptions";
import { renderedReleases } from "../rules/helm/render-record";
import type { Finding } from "./finding";
import type { Resource } from "./resource";
import type { ResourceRule, Rule, RuleScope, StackRule, Violation } from "./rule";
import type { Settings } from "./settings";
import { Stack } from "./stack";
import type { Subject } from "./target";
import { subjectsOf } from "./targets";
import { Reader, type View } from "./view";

/** The rule that says, once per value, which rules could not be decided for want of it. */
export const UNDECIDED = "pulumi-unknown";

const UNDECIDED_RULE = { id: UNDECIDED, severity: "high" } as const;

/** Judges resources by a set of rules under one configuration. Make one and use it for many resources. */
export class Judge {
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
   * Everything there is to say of many resources, by both kinds of rules or by one. Rules for single resources may see
   * what else is there, e.g. the account of a pod.
   */
  all(resources: readonly Resource[], context: readonly Resource[], scope?: RuleScope): Finding[] {
    const findings: Finding[] = [];
    let stack: Stack | undefined;
    const gathered = () => (stack ??= new Stack(this.gather(resources), this.gather(context)));
    if (scope !== "stack") {
      // subjects are not kept for the stack: making them twice is cheaper than keeping all that was read of them
      for (const resource of resources) {
        for (const subject of this.subjects(resource, findings)) {
          subject.surroundings = gathered;
          this.judge(subject, findings);
        }
      }
    }
    if (scope !== "resource") this.judgeStack(gathered(), new Set(resources), findings);
    return this.withSummary(findings);
  }

  /** Everything that can be said of a resource by itself. */
  resource(resource: Resource): Finding[] {
    const findings: Finding[] = [];
    for (const subject of this.subjects(resource, findings)) this.judge(subject, findings);
    return this.withSummary(findings);
  }

  /** Everything that only the resources of a stack together show. */
  stack(resources: readonly Resource[], context: readonly Resource[]): Finding[] {
    return this.all(resources, context, "stack");
  }

  private judge(subject: Subject, findings: Finding[]): void {
    for (const rule of this.rulesFor(subject)) {
      try {
        if (rule.visit === undefined) {
          for (const violation of rule.judge(subject, this.settings)) this.take(rule, violation, findings);
        } else {
          rule.visit(subject, this.settings, (violation) => this.take(rule, violation, findings));
        }
      } catch (error) {
        findings.push(failed(rule, error));
      }
      for (const view of this.reader.take()) findings.push(undecided(rule, view));
    }
  }

  private judgeStack(stack: Stack, judged: ReadonlySet<Resource>, findings: Finding[]): void {
    for (const rule of this.stackRules) {
      try {
        for (const violation of rule.judge(stack, this.settings)) {
          if (concerns(violation.at, judged)) this.take(rule, violation, findings);
        }
      } catch (error) {
        findings.push(failed(rule, error));
      }
      for (const view of this.reader.take()) if (concerns(view, judged)) findings.push(undecided(rule, view));
    }
  }

  private gather(resources: readonly Resource[]): Subject[] {
    const subjects = resources.flatMap((resource) => subjectsOf(resource, this.reader));
    // what cannot be read of the context is nobody's finding
    this.reader.take();
    return subjects;
  }

  private subjects(resource: Resource, findings: Finding[]): Subject[] {
    const subjects = subjectsOf(resource, this.reader);
    for (const view of this.reader.take()) findings.push(undecided(UNDECIDED_RULE, view));
    return subjects;
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

  private rulesFor(subject: Subject): readonly ResourceRule[] {
    const type = `${subject.kubernetes ? "k" : ""} ${subject.group} ${subject.key}`;
    const known = this.byType.get(type);
    if (known !== undefined) return known;
    const rules = this.resourceRules.filter(({ on }) => on(subject));
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
    const judged = severity === undefined ? rule : { id: rule.id, severity };
    findings.push(finding(judged, at, `${message}; ${rule.fix}`, "violation"));
  }

  private excused(rule: Rule, at: View): boolean {
    const { subject } = at;
    return subject !== undefined && this.exemptions.excuse(rule.id, subject, at) !== undefined;
  }
}

/** Findings about the context are left out. */
function concerns({ subject }: View, judged: ReadonlySet<Resource>): boolean {
  return subject === undefined || judged.has(subject.resource);
}

type Judged = Pick<Rule, "id" | "severity">;

/** Spelled out for each set of fields: there are many findings, and objects that are put together take twice the memory. */
function finding({ id: rule, severity }: Judged, at: View, message: string, status: Finding["status"]): Finding {
  const { subject, where: path } = at;
  if (subject === undefined) return { rule, path, message, severity, status };
  const { label: resource } = subject;
  const { urn } = subject.resource;
  return urn === undefined
    ? { rule, path, message, severity, status, resource }
    : { rule, path, message, severity, status, urn, resource };
}

function failed({ id: rule, severity }: Judged, error: unknown): Finding {
  const problem = error instanceof Error ? error.message : String(error);
  const message = `the rule could not be judged: ${problem}; please report this as a fault of the policy pack`;
  return { rule, path: "", message, severity, status: "undecided", reason: "failed" };
}

function undecided(rule: Judged, at: View): Finding {
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
