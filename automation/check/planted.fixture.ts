import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { type Files, inProject, section, stackFile } from "./check.fixture";
import { checkStacks } from "./check-stacks";
import { checkManifests, checkState, policiesHere } from "./check-files";
import type { EvaluatedFinding } from "./evaluation";
import type { CheckedResource } from "./program";
import { StackRunner } from "./run-stacks";
import { readProject, readStackFiles } from "./stack-files";

/** What the programs make of the example's stack files, by stack. */
export type Examples = ReadonlyMap<string, readonly CheckedResource[]>;

/** The stack files that a site copies. */
export const [BASE, PLATFORM, TENANT] = ["base.example", "platform.example", "tenant.example.acme"] as const;
export const EXAMPLES = [BASE, PLATFORM, TENANT];

/** Runs the programs of the example's stack files. */
export function runExamples(): Promise<Examples> {
  return inProject(
    () => undefined,
    async (root) => {
      const project = readProject(root);
      // no chart was made here of those that upstream publishes as manifests only
      const mirror = { charts: "https://charts.example.com" };
      const runner = new StackRunner(project, ({ stack }) =>
        stack.layer === "platform" ? { platform: { mirror } } : {},
      );
      const runs = new Map<string, readonly CheckedResource[]>();
      for (const file of readStackFiles(project).filter(({ stack }) => stack.cloud === "example")) {
        const { resources, error } = await runner.run(file);
        if (error !== undefined) throw new Error(`${file.name}: ${error}`);
        runs.set(file.name, resources);
      }
      return runs;
    },
  );
}

/** A resource to be changed in place. */
export interface Planted {
  readonly type: string;
  readonly name: string;
  readonly props: Fields;
}

/**
 * Checks the state of another program that makes the same resources with a fault among them: `firmament
 * check --state`.
 */
export function checkPlanted(
  examples: Examples,
  stacks: readonly string[],
  change: (resources: Planted[]) => Planted[] | undefined,
): Promise<readonly EvaluatedFinding[]> {
  const resources = structuredClone(stacks.flatMap((stack) => examples.get(stack) ?? []));
  const planted = change(resources as unknown as Planted[]) ?? resources;
  return inProject(
    () => undefined,
    (root) => {
      const file = path.join(root, "state.json");
      fs.writeFileSync(file, JSON.stringify({ deployment: { resources: planted.map(stateOf) } }));
      return checkState(file, policiesHere(root, "example")).findings;
    },
  );
}

/** A resource as `pulumi stack export` writes it. */
function stateOf(resource: Planted): object {
  const { urn, type, props, opts, provider } = resource as Planted & CheckedResource;
  const { customTimeouts, ...options } = opts;
  const { createSeconds: create, updateSeconds: update, deleteSeconds: remove } = { ...customTimeouts };
  return {
    urn,
    type,
    ...(type === "pulumi:pulumi:Stack" ? { outputs: props } : { inputs: props }),
    ...options,
    customTimeouts: { create, update, delete: remove },
    ...(provider === undefined ? {} : { provider: `${provider.urn}::id` }),
  };
}

/** Checks what a chart would install: `firmament check --manifests`. */
export function checkChart(text: string): readonly EvaluatedFinding[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-planted-"));
  try {
    fs.writeFileSync(path.join(folder, "rendered.yaml"), text);
    return checkManifests([folder], policiesHere(folder, "example")).findings;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Adds a patch to the configuration of machines whose name ends so. */
export function patched(machine: RegExp, patch: object): (resources: Planted[]) => undefined {
  return (resources) => {
    const found = resources.filter(({ type, name }) => type.endsWith(":ConfigurationApply") && machine.test(name));
    if (found.length === 0) throw new Error(`there is no machine ${String(machine)}`);
    for (const { props } of found) props["configPatches"] = [JSON.stringify(patch)];
    return undefined;
  };
}

/** The inputs of the one resource whose type and name end so. */
export function inputsOf(resources: readonly Planted[], kind: string, name: string): Fields {
  const found = resources.filter((each) => each.type.endsWith(`:${kind}`) && each.name.endsWith(name));
  if (found.length !== 1) throw new Error(`${found.length} resources ${kind} ${name}`);
  return fieldsOf(found[0]?.props);
}

export type Shown = readonly (readonly [rule: string, resource: string])[];

/** Findings of a rule that say something is wrong, by what they are about. */
export const shown = (findings: readonly EvaluatedFinding[], rules: ReadonlySet<string>): Shown =>
  findings
    .filter(({ status, rule }) => status === "violation" && rules.has(rule))
    .map(({ rule, resource = "" }) => [rule, resource] as const);

/** Settings or inputs, of any shape. */
export type Deep = { [key: string]: Deep };

/** What is at the end of a way of keys. */
export const at = (inputs: Deep | undefined, ...way: readonly string[]): Deep =>
  way.reduce<Deep>((inner, key) => inner[key] ?? assert.fail(`no ${key}`), inputs ?? assert.fail("nothing"));

/** An installer whose image carries drbd and zfs. */
export const ZFS =
  "factory.talos.dev/metal-installer-secureboot/98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612:v1.13.0";

/** Checks the example's stack files after a change: `firmament check --stack`. */
export async function checkExamples(change: (files: Files) => void) {
  const planted = (files: Files) => {
    for (const name of EXAMPLES) files[name] = stackFile(name);
    section(files, PLATFORM)["mirror"] = { charts: "https://charts.example.com" };
    change(files);
  };
  return inProject(planted, (root) => checkStacks({ root, stacks: EXAMPLES, render: { helm: false } }));
}
