import { InvalidInput } from "../components/core/problem";
import type { Finding } from "./engine/finding";
import { Evaluator } from "./engine/evaluator";
import { RULES } from "./rules";
import type { RuleScope } from "./engine/rule";
import { DEFAULTS, NEWEST_POLICY_VERSION, type Config, type Settings } from "./engine/settings";
import { resourcesOf } from "./engine/targets";
import type { Rendered } from "./rules/helm/render";
import type { RenderOptions } from "./rules/helm/render-options";

/*
 * The one public face of the policies: other folders import this file, and `./settings` where they read a configuration
 * of the pack (it loads the schema library, which evaluating with the defaults does without).
 */
export { Evaluator } from "./engine/evaluator";
export { exampleOf } from "./engine/example";
export type { Finding } from "./engine/finding";
export { levelOf } from "./engine/levels";
export { deployment, secured } from "./engine/library/examples";
export { parseManifests } from "./engine/manifests";
export { readResource, type Resource, type ResourceOptions } from "./engine/resource";
export type { Rule, RuleScope, Severity } from "./engine/rule";
export {
  NEWEST_POLICY_VERSION,
  type Config,
  type Exemption,
  type Level,
  type Settings,
  type Tier,
} from "./engine/settings";
export { labelsOf } from "./engine/targets";
export { isUnknown, UNKNOWN, unwrapSecret } from "./engine/unknown";
export { parseYaml } from "./engine/yaml";
export { explain, similarRules, type Explanation } from "./explain";
export { ruleById, RULE_IDS, RULES } from "./rules";
export type { RenderRecord } from "./engine/library/helm/render-record";
export type { Rendered } from "./rules/helm/render";
export type { RenderOptions } from "./rules/helm/render-options";
export { generatedConfiguration } from "./engine/library/talos/generated";
export { applyPatch, type Documents } from "./engine/library/talos/merge";

export interface EvaluateArgs {
  /** Resources as the engine shows them, `{ type, name, urn?, props, opts?, provider? }`, or Kubernetes manifests. */
  readonly resources: readonly unknown[];
  /** Resources that are context only: seen by rules, not evaluated, e.g. those of other stacks. */
  readonly context?: readonly unknown[] | undefined;
  /** Configuration of the pack; unknown keys are errors. */
  readonly config?: Config | undefined;
  /** Only the rules that evaluate one resource, or only those that need them all; both when left out. */
  readonly scope?: RuleScope | undefined;
  /** Level of the Pod Security Standards; restricted, which holds baseline, when left out. */
  readonly level?: "baseline" | "restricted" | undefined;
  /** Version of the Pod Security Standards, v1.0 to v1.37 or latest. */
  readonly version?: string | undefined;
  /** Parameters of rules: `{ "<rule>": { "<name>": value } }`, or `{ "<name>": value }` for all rules. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Evaluates resources by all rules.
 *
 * What is neither a resource nor a manifest is passed over. A value that a preview does not know yet makes findings of
 * status `undecided`, one per rule that asked for it; everything else is evaluated as if the value were not there.
 *
 * @throws InvalidInput when the configuration, the version or the level is wrong, with every problem at once.
 */
export async function evaluate(args: EvaluateArgs): Promise<Finding[]> {
  const settings = await settingsOf(args);
  const resources = resourcesOf(args.resources);
  const context = resourcesOf(args.context ?? []);
  const evaluator = new Evaluator(RULES, settings);
  const findings = evaluator.all(resources, context, args.scope);
  return [...findings, ...evaluator.exemptions.faults(args.scope === undefined)];
}

/** Whether a helm binary is one that {@link renderReleases} takes. `home` is where helm keeps its own files. */
export async function isHelm3(helm: { readonly helm: string; readonly home: string }): Promise<boolean> {
  return (await import("./rules/helm/helm-version.js")).isHelm3(helm);
}

/** Renders Helm releases with helm so that what is inside them is evaluated too; see `rules/helm/render.ts`. */
export async function renderReleases(resources: readonly unknown[], options: RenderOptions): Promise<Rendered> {
  return (await import("./rules/helm/render.js")).renderReleases(resources, options);
}

async function settingsOf({ config, level, version, params }: EvaluateArgs): Promise<Settings> {
  const settings = await parsed(config, params);
  return {
    ...settings,
    profile: profileOf(level),
    policyVersion: version === undefined ? settings.policyVersion : policyVersionOf(version),
  };
}

async function parsed(config: Config | undefined, params: EvaluateArgs["params"]): Promise<Settings> {
  if (config === undefined && params === undefined) return DEFAULTS;
  // loaded only where there is something to check: the schema library is the slowest part of the start
  const { parseSettings } = await import("./engine/parse-settings.js");
  return parseSettings({ ...config, ...(params === undefined ? {} : { params }) }, RULES);
}

function profileOf(level: unknown): Settings["profile"] {
  if (level === undefined || level === "baseline" || level === "restricted") return level;
  const problem = { where: "level", given: String(level), rule: "must be baseline or restricted", fix: "choose one" };
  throw new InvalidInput("evaluate", [problem]);
}

/** Versions after the newest known are evaluated like it, as the admission controller does. */
function policyVersionOf(version: unknown): number {
  if (version === "latest") return NEWEST_POLICY_VERSION;
  const minor = typeof version === "string" ? /^v?1\.(\d+)$/.exec(version)?.[1] : undefined;
  if (minor !== undefined) return Math.min(Number(minor), NEWEST_POLICY_VERSION);
  const rule = `must be v1.0 to v1.${NEWEST_POLICY_VERSION} or latest`;
  throw new InvalidInput("evaluate", [{ where: "version", given: String(version), rule, fix: "choose one" }]);
}
