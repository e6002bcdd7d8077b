import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDirectory } from "../../components/core/cache-directory";
import { isHelm3, NEWEST_POLICY_VERSION, renderReleases, type RenderRecord } from "../../policies";
import type { StackRun } from "./run-stacks";
import type { StackFile } from "./stack-files";

export interface RenderChoice {
  /** Path of the helm binary, version 3; the one on PATH when left out. False: nothing is rendered. */
  readonly helm?: string | false;
  /** Folder of `<name>-<version>.tgz`, or address of a repository, that takes the place of all others. */
  readonly charts?: string;
}

export interface Rendering {
  /** Rendered objects by stack. */
  readonly manifests: ReadonlyMap<string, readonly object[]>;
  /** Releases that were rendered, and why others could not be, as the rule helm-rendered takes them. */
  readonly renders: Readonly<Record<string, RenderRecord>>;
  readonly failures: Readonly<Record<string, string>>;
  /** Stacks whose releases were not rendered, because there is no helm or no chart. */
  readonly unseen: readonly string[];
}

/**
 * Renders the Helm releases of stacks, so that what is inside them is evaluated as well.
 *
 * @param all `runs` and those that they read from.
 * @param stubCharts whether the charts of a stack are made when it is deployed: then only `charts` can have them.
 */
export async function rendering(
  runs: readonly StackRun[],
  all: readonly StackRun[],
  { helm: given, charts }: RenderChoice,
  stubCharts: (file: StackFile) => boolean,
): Promise<Rendering> {
  const helm = given ?? (await helmOnPath());
  const manifests = new Map<string, readonly object[]>();
  const renders: Record<string, RenderRecord> = {};
  const failures: Record<string, string> = {};
  const unseen: string[] = [];
  for (const run of runs.filter(({ resources }) => resources.some(({ type }) => type === RELEASE))) {
    const { file, resources } = run;
    if (helm === false || (charts === undefined && stubCharts(file))) {
      unseen.push(file.name);
      continue;
    }
    const rendered = await renderReleases(resources, {
      helm,
      cacheDir: renderDirectory(),
      mirror: charts,
      kubeVersion: versionFor(file, all),
    });
    manifests.set(file.name, rendered.manifests);
    Object.assign(renders, rendered.renders);
    for (const { release, message } of rendered.failures) failures[release] = message;
  }
  return { manifests, renders, failures, unseen };
}

const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Helm shows templates a Kubernetes version of its own, an old one where its build did not set it. */
const OTHERWISE = `v1.${NEWEST_POLICY_VERSION}.0`;

/** Version of the cluster that a stack deploys to: what the base stack of its cloud publishes. */
function versionFor({ stack: { cloud } }: StackFile, runs: readonly StackRun[]): string {
  const stacks = runs
    .filter(({ file }) => file.stack.cloud === cloud)
    .flatMap(({ resources }) => resources.filter(({ type }) => type === "pulumi:pulumi:Stack"));
  const published = stacks.map(({ props }) => props["kubernetesVersion"]);
  return (
    published.find((version): version is string => typeof version === "string" && EXACT.test(version)) ?? OTHERWISE
  );
}

const EXACT = /^v\d+\.\d+\.\d+$/;

/** Another version than 3 renders something else than is installed: it is passed over, as if there were none. */
async function helmOnPath(): Promise<string | false> {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const helm = folders.map((folder) => path.join(folder, "helm")).find((file) => fs.existsSync(file));
  return helm !== undefined && (await isHelm3({ helm, home: path.join(renderDirectory(), "helm") })) ? helm : false;
}

function renderDirectory(): string {
  return path.join(cacheDirectory(), "rendered");
}
