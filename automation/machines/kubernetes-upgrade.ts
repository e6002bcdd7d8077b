import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument } from "yaml";
import { NAMESPACE } from "../../components/core/layers";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { KubernetesVersion } from "../../components/core/version";
import { readProject, stackFile } from "../../stacks/stack-files";
import type { Engine } from "../engine";

export interface KubernetesUpgrade {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** base.<cloud> */
  readonly stack: string;
  /** The version to come to: v1.36.1. */
  readonly to: string;
  /** A version of each minor in between, of which a cluster skips none. Default: none is. */
  readonly via?: readonly string[];
  /** Told before each deployment. Default: nobody. */
  readonly progress?: (text: string) => void;
}

/**
 * Upgrades the Kubernetes of a management cluster over several minors: for each version the stack file is edited and the
 * stack deployed twice, API servers first, then kubelets. May be run again where it has ended: it goes on from what is
 * deployed.
 *
 * @returns the versions that it deployed.
 * @throws InvalidInput, before anything is deployed, when versions are malformed, go back or leave a minor out. EngineError
 *     when a deployment fails; the stack file keeps the version that was being deployed.
 */
export async function upgradeKubernetes(
  engine: Pick<Engine, "up" | "outputs">,
  { root, stack, to, via = [], progress = () => undefined }: KubernetesUpgrade,
): Promise<string[]> {
  const { kubernetesVersion, kubeletVersion } = await engine.outputs(stack);
  const running = String(kubernetesVersion?.value ?? "");
  if (!/^v1\./.test(running)) {
    const problem = { where: stack, given: "no version", rule: "must be a base stack that is deployed" };
    throw new InvalidInput("upgrade", [{ ...problem, fix: `run \`pulumi up --stack ${stack}\` first` }]);
  }
  const steps = upgradeSteps(running, [...via, to]);
  const project = readProject(root);
  const file = path.join(project.root, stackFile(project, stack));
  let kubelets = String(kubeletVersion?.value ?? running);
  const done: string[] = [];
  // kubelets that an earlier run left behind come first: the next minor waits for them
  for (const version of kubelets === running ? steps : [running, ...steps]) {
    setVersion(file, version);
    while (kubelets !== version) {
      progress(`${stack}: deploying ${version}`);
      await engine.up(stack, {});
      const after = await engine.outputs(stack);
      const now = String(after["kubeletVersion"]?.value ?? "");
      if (now === kubelets && String(after["kubernetesVersion"]?.value) !== version) {
        throw new Error(`${stack}: ${version} was deployed, and the stack publishes ${now} still`);
      }
      kubelets = now;
    }
    done.push(version);
  }
  return done;
}

/**
 * What is deployed one after the other: versions that are not reached yet.
 *
 * @throws InvalidInput with every problem.
 */
export function upgradeSteps(running: string, wanted: readonly string[]): string[] {
  const problems: Problem[] = [];
  const versions = wanted.flatMap((text, index) => {
    const where = index === wanted.length - 1 ? "--to" : "--via";
    try {
      return [{ where, version: KubernetesVersion.parse(text) }];
    } catch (error) {
      const rule = "must be a full version";
      problems.push({ where, given: text, rule: `${rule}: ${(error as Error).message}`, fix: "correct it" });
      return [];
    }
  });
  if (problems.length > 0) throw new InvalidInput("upgrade", problems);
  let last = KubernetesVersion.parse(running);
  const steps: string[] = [];
  for (const { where, version } of versions) {
    const back = version.minor < last.minor || (version.minor === last.minor && version.patch < last.patch);
    if (back && where === "--to") {
      problems.push({
        where,
        given: String(version),
        rule: `must not go back; ${last} comes before it`,
        fix: "choose a newer one",
      });
    }
    if (version.minor > last.minor + 1) {
      const fix = `give --via with a version of v1.${last.minor + 1}`;
      problems.push({ where, given: String(version), rule: `must not skip a minor after ${last}`, fix });
    }
    // of a run that has come this far before
    if (back || String(version) === String(last)) continue;
    steps.push(String(version));
    last = version;
  }
  if (problems.length > 0) throw new InvalidInput("upgrade", problems);
  return steps;
}

/** Edits one value; comments and all else stay as they are. */
function setVersion(file: string, version: string): void {
  const document = parseDocument(fs.readFileSync(file, "utf8"));
  document.setIn(["config", `${NAMESPACE}:base`, "kubernetesVersion"], version);
  const temporary = `${file}.new`;
  fs.writeFileSync(temporary, document.toString({ lineWidth: 0 }));
  fs.renameSync(temporary, file);
}
