import * as fs from "node:fs";
import * as path from "node:path";
import { type Document, parseDocument } from "yaml";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { KubernetesVersion } from "../../components/core/version";
import { readProject, stackFile } from "../../stacks/stack-files";
import type { Engine } from "../engine";
import { givenImage } from "./pool-image";
import { baseUpgrade, tenantUpgrade, type UpgradedLayer } from "./upgraded-layer";

export interface KubernetesUpgrade {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** base.<cloud> or tenant.<cloud>.<name> */
  readonly stack: string;
  /** The version to come to: v1.36.1. */
  readonly to: string;
  /** A version of each minor in between, of which a cluster skips none. Default: none is. */
  readonly via?: readonly string[];
  /**
   * Images that the pools of a tenant go to, by the version in their tag: `[<pool>=]<image>`, `{version}` stands for that
   * of each step. Default: the pools' own, with another version in the tag.
   */
  readonly images?: readonly string[];
  /** Told before each deployment. Default: nobody. */
  readonly progress?: (text: string) => void;
}

/**
 * Upgrades the Kubernetes of a management cluster or of a tenant over several minors: for each version the stack file is
 * edited and the stack deployed. Machines of a management cluster take two deployments, API servers first, then kubelets;
 * a tenant's one replaces its control plane and then its pools. May be run again where it has ended: it goes on from what
 * is deployed.
 *
 * @returns the versions that it deployed.
 * @throws InvalidInput, before anything is deployed, when versions are malformed, go back or leave a minor out, or the image
 *     of a pool is not known. EngineError when a deployment fails; the stack file keeps the version that was being deployed.
 */
export async function upgradeKubernetes(
  engine: Pick<Engine, "up" | "outputs">,
  { root, stack, to, via = [], images = [], progress = () => undefined }: KubernetesUpgrade,
): Promise<string[]> {
  const layer = layerOf(stack, images);
  const published = async () => layer.running(await engine.outputs(stack));
  let now = await published();
  if (now === undefined) {
    const problem = { where: stack, given: "no version", rule: "must be a base or tenant stack that is deployed" };
    throw new InvalidInput("upgrade", [{ ...problem, fix: `run \`pulumi up --stack ${stack}\` first` }]);
  }
  const steps = upgradeSteps(now.servers, [...via, to]);
  // nodes that an earlier run left behind come first: the next minor waits for them
  const versions = now.nodes === now.servers ? steps : [now.servers, ...steps];
  const project = readProject(root);
  const file = path.join(project.root, stackFile(project, stack));
  const document = parseDocument(fs.readFileSync(file, "utf8"));
  const problems = versions.length === 0 ? [] : layer.problems(document, versions);
  if (problems.length > 0) throw new InvalidInput("upgrade", problems);
  for (const version of versions) {
    layer.write(document, version);
    save(file, document);
    while (now.nodes !== version) {
      progress(`${stack}: deploying ${version}`);
      await engine.up(stack, {});
      const after = await published();
      if (after === undefined || (after.nodes === now.nodes && after.servers !== version)) {
        throw new Error(`${stack}: ${version} was deployed, and the stack publishes ${now.nodes} still`);
      }
      now = after;
    }
  }
  return versions;
}

function layerOf(stack: string, images: readonly string[]): UpgradedLayer {
  if (stack.startsWith("tenant.")) return tenantUpgrade(images.map(givenImage));
  if (images.length === 0) return baseUpgrade;
  const rule = "machines of the base layer have no image of a Kubernetes version";
  throw new InvalidInput("upgrade", [{ where: "--image", given: images.join(", "), rule, fix: "leave it out" }]);
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

function save(file: string, document: Document): void {
  const temporary = `${file}.new`;
  fs.writeFileSync(temporary, document.toString({ lineWidth: 0 }));
  fs.renameSync(temporary, file);
}
