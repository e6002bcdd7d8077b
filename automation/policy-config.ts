import { type Fields, fieldsOf } from "../components/core/fields";
import { InvalidInput } from "../components/core/problem";
import { checkStacks } from "./check/check-stacks";
import type { EvaluatedFinding } from "./check/evaluation";
import { readPolicyFile } from "./check/policy-file";
import type { RenderChoice } from "./check/releases";
import { blocking } from "./check/result";
import { readProject, readStackFiles } from "./check/stack-files";

/**
 * The configuration of the rules for one cloud, in the form that `pulumi --policy-pack-config` takes.
 *
 * @param root directory of Pulumi.yaml.
 * @param renders Helm releases that were evaluated: to the engine a release is one resource, so rule helm-rendered has
 * to know them.
 * @throws InvalidInput when a file cannot be read.
 */
export function policyConfig(root: string, cloud: string, renders: object = {}): string {
  const { config } = readPolicyFile(readProject(root), cloud);
  const params = fieldsOf(config["params"]);
  const rendered = { ...fieldsOf(params["helm-rendered"]), renders };
  const firmament =
    Object.keys(renders).length === 0 ? config : { ...config, params: { ...params, "helm-rendered": rendered } };
  return JSON.stringify({ firmament, ...remediating(fieldsOf(config["levels"])) }, null, 2);
}

/** Rules that are set to remediate, as the engine takes it: it decides itself which remediations run, before the pack. */
function remediating(levels: Fields): Fields {
  return Object.fromEntries(Object.entries(levels).filter(([, level]) => level === "remediate"));
}

/**
 * What files of other tenants lack is no reason against these: somebody may be making one at this moment, whose networks
 * the inventory has before its stack file is there.
 */
function concerns(only: readonly string[] | undefined) {
  return ({ rule, source }: EvaluatedFinding) =>
    only === undefined || rule !== "tenant-inventory" || only.includes(source);
}

/**
 * Renders the Helm releases of a cloud's stacks and evaluates what comes out, for `policyConfig`.
 *
 * @param only names of stacks. Default: all of the cloud.
 * @throws InvalidInput when something in them is refused, or a program fails: then nothing may be deployed.
 */
export async function renderedReleases(
  root: string,
  cloud: string,
  render: RenderChoice,
  only?: readonly string[],
): Promise<object> {
  const files = readStackFiles(readProject(root)).filter(
    ({ name, stack }) => stack.cloud === cloud && (only === undefined || only.includes(name)),
  );
  if (files.length === 0) return {};
  const result = await checkStacks({ root, stacks: files.map(({ name }) => name), render });
  const fix = "run `firmament check` and correct what it reports";
  const problems = [
    ...result.broken.map(({ source, message }) => ({
      where: source,
      given: message,
      rule: "must come to its end",
      fix,
    })),
    ...blocking(result)
      .filter(concerns(only))
      .map(({ rule, resource = "", path, message }) => ({
        where: `${resource} ${path}`.trim(),
        given: message,
        rule: `must comply with ${rule}`,
        fix,
      })),
  ];
  if (problems.length > 0) throw new InvalidInput(`stacks of ${cloud}`, problems);
  return result.renders ?? {};
}
