import * as fs from "node:fs";
import * as path from "node:path";
import { parseManifests } from "../../policies";
import { InvalidInput } from "../../components/core/problem";
import { evaluate } from "./evaluation";
import { readPolicyFile, settingsFor, type PolicyFile } from "./policy-file";
import { readProject } from "./stack-files";
import type { Broken, CheckResult } from "./result";
import { readState } from "./state";

/** Evaluates the resources of an exported state. @throws InvalidInput when it is none. */
export function checkState(file: string, policies: PolicyFile): CheckResult {
  const started = Date.now();
  const { stack, resources } = readState(file);
  const findings = evaluate(
    [{ settings: settingsFor(policies, undefined), sources: new Map([[stack, resources]]) }],
    false,
  );
  const notes = [
    "Checked a state: what is deployed, as of its last update. Values that it keeps encrypted were not read.",
  ];
  return {
    checked: [{ source: stack, resources: resources.length }],
    findings,
    broken: [],
    notes,
    milliseconds: Date.now() - started,
  };
}

/** Evaluates the manifests in files, and in the YAML and JSON files below folders. */
export function checkManifests(paths: readonly string[], policies: PolicyFile): CheckResult {
  const started = Date.now();
  const sources = new Map<string, readonly unknown[]>();
  const broken: Broken[] = [];
  for (const file of paths.flatMap(filesIn)) {
    try {
      sources.set(file, parseManifests(fs.readFileSync(file, "utf8")));
    } catch (error) {
      broken.push({ source: file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const findings = evaluate([{ settings: settingsFor(policies, undefined), sources }], false);
  const checked = [...sources].map(([source, resources]) => ({ source, resources: resources.length }));
  const notes = ["Checked manifests as they are: options of resources and their providers are not part of them."];
  return { checked, findings, broken, notes, milliseconds: Date.now() - started };
}

function filesIn(given: string): string[] {
  const stat = fs.statSync(given, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new InvalidInput("--manifests", [
      { where: given, given: "nothing", rule: "must be a file or folder", fix: "correct the path" },
    ]);
  }
  if (!stat.isDirectory()) return [given];
  const names = fs.readdirSync(given, { recursive: true, encoding: "utf8" }).sort();
  return names
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => path.join(given, name))
    .filter((file) => fs.statSync(file).isFile());
}

/** The policy files of a project, when this is one. */
export function policiesHere(root: string, cloud: string): PolicyFile {
  // manifests can be checked anywhere; only a project has components
  const isProject = fs.existsSync(path.join(root, "Pulumi.yaml"));
  return readPolicyFile(isProject ? readProject(root) : { root, folder: "." }, cloud);
}
