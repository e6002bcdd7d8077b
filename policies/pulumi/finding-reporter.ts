import type { ReportViolation, ResourceValidation, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { InvalidInput } from "../../components/core/problem";
import { Evaluator, UNDECIDED } from "../engine/evaluator";
import type { Finding } from "../engine/finding";
import { configuredLevel, defaultLevel } from "../engine/levels";
import { remediated } from "../engine/remediation";
import { readResource, type Resource } from "../engine/resource";
import type { ResourceRule, Rule } from "../engine/rule";
import { secretPaths, withSecrets } from "../engine/secret-marks";
import type { Level, Settings } from "../engine/settings";
import { UNKNOWN } from "../engine/unknown";
import type { Path } from "../engine/view";
import { settingsFrom } from "./pack-config";

/** A type that no resource has. */
export const NO_TYPE = "firmament:policies:Nothing";

/**
 * Keeps findings between the policy that evaluates and the policies that report.
 *
 * The engine may validate several resources at once, so findings are kept by the URN of their resource until that
 * resource is evaluated again.
 */
export class FindingReporter {
  private readonly resourceFindings = new Map<string, Map<string, readonly Finding[]>>();
  private stackFindings = new Map<string, Finding[]>();
  /** By rule: the list of functions that the engine calls for its policy. */
  private readonly validators = new Map<string, ResourceValidation[]>();
  private readonly rulesById: ReadonlyMap<string, Rule>;
  /** Places of secrets by URN, seen when the engine asks for remediations, which is always before it validates. */
  private readonly secrets = new Map<string, readonly Path[]>();
  private current: { readonly config: string; readonly settings: Settings; readonly evaluator: Evaluator } | undefined;

  constructor(private readonly rules: readonly Rule[]) {
    this.rulesById = new Map(rules.map((rule) => [rule.id, rule]));
  }

  /** Remembers which inputs are secret: a validation sees plain values only. Changes nothing. */
  noteSecrets(args: ResourceValidationArgs): void {
    this.configured(args.getConfig());
    const paths = secretPaths(readResource(args)?.props);
    if (paths.length > 0) this.secrets.set(args.urn, paths);
    else this.secrets.delete(args.urn);
  }

  evaluateResource(args: ResourceValidationArgs): void {
    const resource = this.read(args);
    const { evaluator } = this.configured(args.getConfig());
    this.record(args.urn, resource === undefined ? [] : evaluator.resource(resource));
  }

  /** Evaluates the stack; returns what is wrong with the exemptions themselves. */
  evaluateStack(args: StackValidationArgs): string[] {
    const { evaluator } = this.configured(args.getConfig());
    const resources = args.resources.flatMap((each) => withParent(this.read(each), each.parent?.urn));
    this.stackFindings = grouped(evaluator.stack(resources, []));
    // in the engine a stack sees only its own part of the exemptions: unused ones are for the check of all stacks
    return [...evaluator.exemptions.faults(false)].map(({ path, message }) => `${path}: ${message}`);
  }

  /** The validators of a rule's policy: an empty list as long as no resource has a finding of it. */
  validatorsOf(rule: string): ResourceValidation[] {
    const validators: ResourceValidation[] = [];
    this.validators.set(rule, validators);
    return validators;
  }

  hasForStack(rule: string): boolean {
    return this.stackFindings.has(rule);
  }

  reportStack(rule: string, report: ReportViolation): void {
    for (const finding of this.stackFindings.get(rule) ?? []) this.report(finding, report);
  }

  remediate(rule: ResourceRule, args: ResourceValidationArgs): Record<string, unknown> | undefined {
    const resource = readResource(args);
    const settings = this.current?.settings ?? settingsFrom({}, this.rules);
    return resource === undefined ? undefined : remediated(rule, resource, settings);
  }

  /** The evaluator for a configuration; the last one is kept, for the engine passes the same on every call. */
  private configured(config: object): { readonly settings: Settings; readonly evaluator: Evaluator } {
    const text = JSON.stringify(config);
    if (this.current?.config !== text) {
      const settings = withoutStack(() => settingsFrom(config, this.rules));
      this.current = { config: text, settings, evaluator: new Evaluator(this.rules, settings) };
    }
    return this.current;
  }

  private read(given: { readonly urn: string }): Resource | undefined {
    const shown = readResource(given);
    if (shown === undefined) return undefined;
    const resource: Resource = { ...shown, opts: { ...shown.opts, retainOnDelete: UNKNOWN } };
    const paths = this.secrets.get(given.urn);
    return paths === undefined ? resource : { ...resource, props: withSecrets(resource.props, paths) };
  }

  /** Replaces the findings of a resource, and gives a validator to the policies that have something to report. */
  private record(urn: string, findings: readonly Finding[]): void {
    for (const recorded of this.resourceFindings.values()) recorded.delete(urn);
    for (const [rule, own] of grouped(findings)) {
      const recorded = this.resourceFindings.get(rule) ?? new Map<string, readonly Finding[]>();
      this.resourceFindings.set(rule, recorded.set(urn, own));
    }
    for (const [rule, recorded] of this.resourceFindings) {
      const validators = this.validators.get(rule);
      if (validators === undefined || (recorded.size === 0) === (validators.length === 0)) continue;
      if (recorded.size === 0) validators.length = 0;
      else validators.push((args, report) => this.reportResource(rule, args.urn, report));
    }
  }

  private reportResource(rule: string, urn: string, report: ReportViolation): void {
    for (const finding of this.resourceFindings.get(rule)?.get(urn) ?? []) this.report(finding, report);
  }

  private report(finding: Finding, report: ReportViolation): void {
    const rule = this.rulesById.get(finding.rule);
    const settings = this.current?.settings;
    const level = rule === undefined || settings === undefined ? undefined : levelFor(rule, finding, settings);
    const message = [finding.resource, finding.path, finding.message].filter((part) => part).join(": ");
    if (level === undefined || finding.reason === "unknown") {
      report(message, finding.urn);
    } else {
      (report as unknown as DetailedReport)({
        message,
        urn: finding.urn,
        enforcementLevel: level === "remediate" ? "mandatory" : level,
      });
    }
  }
}

/** The level of a finding; undefined where it is the one that the policy of its rule has in the engine. */
function levelFor({ id, severity }: Rule, finding: Finding, settings: Settings): Level | undefined {
  const configured = configuredLevel({ id, severity: finding.severity }, settings);
  return configured ?? (finding.severity === severity ? undefined : defaultLevel(finding));
}

/** The form of a report that carries its own level; @pulumi/policy 1.21 takes it but does not declare it. */
type DetailedReport = (violation: { message: string; urn?: string | undefined; enforcementLevel: Level }) => void;

/** Findings by the policy that reports them: what is not known yet is reported once, by a policy of its own. */
function grouped(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.reason === "unknown" && finding.rule !== UNDECIDED) continue;
    const own = groups.get(finding.rule);
    if (own === undefined) groups.set(finding.rule, [finding]);
    else own.push(finding);
  }
  return groups;
}

/** The engine prints the stack trace of every error that a policy throws; a wrong configuration needs only its message. */
function withoutStack<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidInput) error.stack = error.message;
    throw error;
  }
}

function withParent(resource: Resource | undefined, parent: string | undefined): Resource[] {
  if (resource === undefined) return [];
  return [parent === undefined ? resource : { ...resource, opts: { ...resource.opts, parent } }];
}
