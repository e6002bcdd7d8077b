import * as path from "node:path";
import { fieldsOf } from "../../components/core/fields";
import { compareLayers } from "../../components/core/layers";
import { InvalidInput } from "../../components/core/problem";
import type { Tier } from "../../policies";
import { fleetProblems } from "./fleet";
import { changedFiles, changedStacks } from "./git";
import { inventoryProblems } from "./inventory";
import { evaluate, type Batch } from "./evaluation";
import { checkSettings, readPolicyFile, settingsFor, type PolicyFile } from "./policy-file";
import { rendering, type RenderChoice, type Rendering } from "./releases";
import type { CheckResult } from "./result";
import { StackRunner, type StackRun } from "./run-stacks";
import { readProject, readStackFiles, type StackFile } from "./stack-files";

export interface StacksChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** Names of stacks; all but examples when neither this nor `changed` is given. */
  readonly stacks?: readonly string[];
  /** Only stacks that differ from this commit or branch. */
  readonly changed?: string;
  readonly render?: RenderChoice;
}

/** The cloud of the files that people copy. */
const EXAMPLE = "example";

/** What no check can know that has neither credentials nor a cluster. */
const OFFLINE =
  "Checked offline: the programs ran with nothing behind them. What providers compute was not known, encrypted settings were not read, and nothing was compared with what is deployed; `pulumi preview --policy-pack` decides the rest.";

/** What was not evaluated because the check was not given the means. */
function unseen({ unseen }: Rendering): string[] {
  if (unseen.length === 0) return [];
  return [
    `Not rendered, so that nothing is said of what their charts install: the Helm releases of ${unseen.join(", ")}. Give --helm (version 3), and --charts where no repository can be reached.`,
  ];
}

/** Runs the programs of stacks and evaluates what they would deploy. */
export async function checkStacks(choice: StacksChoice): Promise<CheckResult> {
  const started = Date.now();
  const project = readProject(path.resolve(choice.root));
  const all = readStackFiles(project);
  const chosen = chooseStacks(all, choice);
  const clouds = new Map(
    [...new Set(all.map(({ stack }) => stack.cloud))].map((cloud) => [cloud, readPolicyFile(project, cloud)]),
  );
  const policies = (file: StackFile) => clouds.get(file.stack.cloud) ?? readPolicyFile(project, file.stack.cloud);

  const runner = new StackRunner(project, (file) => checkSettings(policies(file), file));
  const runs: StackRun[] = [];
  for (const file of withProducers(all, chosen)) runs.push(await runner.run(file));

  const own = runs.filter(({ file }) => chosen.includes(file));
  const rendered = await rendering(own, runs, choice.render ?? {}, (file) => hasStubCharts(policies(file)));
  const findings = evaluate(batches(runs, policies, rendered, chosen), chosen.length === withoutExamples(all).length);
  const wanted = new Set(chosen.map(({ name }) => name));
  const fleet = [...clouds].flatMap(([cloud, { capacity }]) => {
    const tenants = all.filter(({ stack }) => stack.cloud === cloud && stack.layer === "tenant");
    const concerned = tenants.some((tenant) => wanted.has(tenant.name));
    // reads two files more; what changes one of them alone concerns no stack
    const inventory = concerned || (choice.stacks === undefined && cloud !== EXAMPLE);
    return [
      ...(concerned ? fleetProblems(tenants, capacity) : []),
      ...(inventory ? inventoryProblems(project, cloud, tenants) : []),
    ];
  });
  return {
    checked: own.map(({ file, resources }) => ({ source: file.name, resources: resources.length })),
    findings: [...findings.filter(({ source }) => wanted.has(source) || source === "policies"), ...fleet],
    broken: runs.flatMap(({ file, error }) => (error === undefined ? [] : [{ source: file.name, message: error }])),
    notes: [...(own.length === 0 ? ["No stack is concerned."] : []), ...unseen(rendered), OFFLINE],
    renders: rendered.renders,
    milliseconds: Date.now() - started,
  };
}

/** @throws InvalidInput for a stack that has no file. */
function chooseStacks(all: readonly StackFile[], { root, stacks = [], changed }: StacksChoice): StackFile[] {
  const known = new Set(all.map(({ name }) => name));
  const strangers = stacks.filter((name) => !known.has(name));
  if (strangers.length > 0) {
    const fix = `choose from ${[...known].join(", ")}`;
    throw new InvalidInput(
      "--stack",
      strangers.map((given) => ({ where: "--stack", given, rule: "must have a stack file", fix })),
    );
  }
  if (stacks.length > 0) return all.filter(({ name }) => stacks.includes(name));
  const real = withoutExamples(all);
  return changed === undefined ? real : changedStacks(real, changedFiles(path.resolve(root), changed));
}

/** Files that people copy hold values that stand for theirs. */
function withoutExamples(all: readonly StackFile[]): StackFile[] {
  return all.filter(({ stack }) => stack.cloud !== EXAMPLE);
}

/** The chosen stacks with those that they read from, in the order in which they are deployed. */
function withProducers(all: readonly StackFile[], chosen: readonly StackFile[]): StackFile[] {
  return all.filter((each) => {
    if (chosen.includes(each)) return true;
    const above = (one: StackFile) => compareLayers(each.stack.layer, one.stack.layer) < 0;
    return each.stack.layer !== "tenant" && chosen.some((one) => one.stack.cloud === each.stack.cloud && above(one));
  });
}

/** Stacks of one cloud and tier are evaluated under one configuration. */
function batches(
  runs: readonly StackRun[],
  policies: (file: StackFile) => PolicyFile,
  rendered: Rendering,
  chosen: readonly StackFile[],
): Batch[] {
  const groups = new Map<string, { settings: Batch["settings"]; sources: Map<string, readonly unknown[]> }>();
  for (const { file, resources } of runs) {
    const tier = tierOf(file);
    // what is only there for others to read from is context of its own
    const key = `${file.stack.cloud} ${tier ?? ""} ${chosen.includes(file) ? "" : "context"} ${rendered.unseen.includes(file.name)}`;
    const settings = settingsFor(policies(file), tier);
    const { renders, failures } = rendered;
    const params = {
      ...settings.params,
      "helm-rendered": { renders, failures, ...fieldsOf(settings.params["helm-rendered"]) },
    };
    // without the means to render, a release that is not rendered is advice; with them it is a violation
    const level = rendered.unseen.includes(file.name) ? { "helm-rendered": "advisory" as const } : {};
    const group = groups.get(key) ?? {
      settings: { ...settings, params, levels: { ...level, ...settings.levels } },
      sources: new Map<string, readonly unknown[]>(),
    };
    group.sources.set(file.name, [...resources, ...(rendered.manifests.get(file.name) ?? [])]);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Whether the charts of a cloud are made when it is deployed, as in a sandbox. */
function hasStubCharts({ config }: PolicyFile): boolean {
  return fieldsOf(fieldsOf(config["params"])["helm-rendered"])["stubCharts"] === true;
}

function tierOf({ config, stack }: StackFile): Tier | undefined {
  const { tier } = (config[`firmament:${stack.layer}`] ?? {}) as { readonly tier?: unknown };
  return tier === "development" || tier === "production" ? tier : undefined;
}
