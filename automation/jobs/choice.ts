import { DNS_LABEL } from "../../components/core/names";
import type { Problem } from "../../components/core/problem";
import { Fleet } from "../fleet/fleet";
import { canariesFirst, type Member, ordered, type Step } from "../fleet/selection";
import { Problems } from "../tenants/problems";

/** What jobs of every engine are made from. */
export interface JobsChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** Where states are, as `pulumi login` takes it; every job must reach it. */
  readonly backend: string;
  /** Environment variables that jobs get from the engine's own store of secrets. */
  readonly secret: readonly string[];
  /** Only these clouds. Default: all but the example. */
  readonly cloud?: readonly string[];
  /** Tenants that come before the others of their cloud, in this order. */
  readonly canary?: readonly string[];
  /** Folder or repository that charts come from instead of their own. */
  readonly charts?: string;
}

/** The stacks of a cloud, in the order in which they are deployed. */
export interface CloudStacks {
  readonly cloud: string;
  readonly base?: string;
  readonly platform?: string;
  readonly canaries: readonly string[];
  readonly tenants: readonly string[];
}

/** @throws InvalidInput with everything that is wrong with the choice; `more` is what an engine asks of it beside. */
export function plannedSteps(choice: JobsChoice, more: readonly Problem[] = [], changed?: string): Step[] {
  const { root, backend, secret, cloud, canary } = choice;
  const problems = new Problems();
  for (const { where, given, rule, fix } of more) problems.add(where, given, rule, fix);
  const remote = /^(?!file:)[a-z][a-z0-9+.-]*:\/\/\S+$/.test(backend);
  if (!remote) {
    const rule = "must be one that every job reaches, as s3://states";
    problems.add("--backend", backend, rule, "give the URL that `pulumi login` takes; a folder of one machine is none");
  }
  if (remote && /^[^:]+:\/\/[^/@]*:[^/@]*@/.test(backend)) {
    const fix = "take it out, and give its parts by --secret";
    problems.add("--backend", "a URL with a password", "must hold no secret: it is written into files", fix);
  }
  for (const name of secret.filter((each) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(each) || /^(GITHUB|CI)_/.test(each))) {
    const fix = "give the name that the program reads, as PULUMI_CONFIG_PASSPHRASE";
    problems.add("--secret", name, "must name an environment variable that is not the engine's own", fix);
  }
  const steps = problems.from((): Step[] => {
    const members = new Fleet({ project: root }).members(cloud === undefined ? {} : { clouds: cloud });
    for (const { name, stack } of members) {
      if (DNS_LABEL.test(stack.cloud) && DNS_LABEL.test(stack.tenant ?? "a")) continue;
      const rule = "must be made of a-z, 0-9 and dashes: names of jobs are made from it";
      problems.add(name, "other signs", rule, "rename it with `pulumi stack rename`");
    }
    const all = ordered(canariesFirst(members, canary), "up");
    if (changed === undefined) return all;
    const touched = new Set(new Fleet({ project: root }).members({ changed }).map(({ name }) => name));
    return all
      .filter(({ name }) => touched.has(name))
      .map((step) => ({ ...step, after: step.after.filter((each) => touched.has(each)) }));
  });
  problems.refuse("the jobs");
  return steps ?? [];
}

/** The stacks of each cloud, for engines whose jobs are written one by one. */
export function byCloud(steps: readonly Member[], { canary = [] }: JobsChoice): CloudStacks[] {
  return [...new Set(steps.map(({ stack }) => stack.cloud))].map((cloud) => {
    const own = steps.filter(({ stack }) => stack.cloud === cloud);
    const layer = (wanted: string) => own.filter(({ stack }) => stack.layer === wanted).map(({ name }) => name);
    const [[base], [platform], tenants] = [layer("base"), layer("platform"), layer("tenant")];
    return {
      cloud,
      ...(base === undefined ? {} : { base }),
      ...(platform === undefined ? {} : { platform }),
      canaries: canary.filter((name) => tenants.includes(name)),
      tenants: tenants.filter((name) => !canary.includes(name)),
    };
  });
}

/** A branch as a pipeline's rules compare it: no pattern, no expression. */
export function branchProblems(branch: string): Problem[] {
  if (/^[\w][\w./-]*$/.test(branch)) return [];
  const rule = "must be the name of a branch, without signs that pipelines read otherwise";
  return [{ where: "--branch", given: branch, rule, fix: "give the branch that deployments follow, as main" }];
}
