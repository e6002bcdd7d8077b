import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { NEWEST_POLICY_VERSION } from "../../policies/settings";
import type { StackRun } from "./run-stacks";
import type { StackFile } from "./stack-files";

export interface RenderChoice {
  /** Path of the helm binary; the one on PATH when left out. */
  readonly helm?: string;
  /** Folder of `<name>-<version>.tgz`, or address of a repository, that takes the place of all others. */
  readonly charts?: string;
}

export interface Rendering {
  /** Rendered objects by stack. */
  readonly manifests: ReadonlyMap<string, readonly object[]>;
  /** What the rule about rendering is told. */
  readonly params: Readonly<Record<string, object>>;
}

const NOTHING: Rendering = { manifests: new Map(), params: {} };

/**
 * Renders the Helm releases of stacks, so that what is inside them is judged as well. Without helm nothing is rendered,
 * which the rule helm-rendered reports of each release.
 */
export async function rendering(
  runs: readonly StackRun[],
  /** Those of `runs` and those that they read from. */
  all: readonly StackRun[],
  { helm = onPath("helm"), charts }: RenderChoice = {},
): Promise<Rendering> {
  const releases = runs.some(({ resources }) => resources.some(({ type }) => type === "kubernetes:helm.sh/v3:Release"));
  if (helm === undefined || !releases) return NOTHING;
  const { renderReleases, renderParameters } = await import("../../policies/helm/render.js");
  const cacheDir = path.join(
    process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"),
    "firmament",
    "rendered",
  );
  const manifests = new Map<string, readonly object[]>();
  const renders: Record<string, unknown> = {};
  const failures: Record<string, unknown> = {};
  for (const { file, resources } of runs) {
    const rendered = await renderReleases(resources, {
      helm,
      cacheDir,
      mirror: charts,
      kubeVersion: versionFor(file, all),
    });
    manifests.set(file.name, rendered.manifests);
    const own = renderParameters(rendered)["helm-rendered"] as { renders: object; failures: object };
    Object.assign(renders, own.renders);
    Object.assign(failures, own.failures);
  }
  return { manifests, params: { "helm-rendered": { renders, failures } } };
}

/** Helm shows templates a Kubernetes of its own choice, an old one where nobody told it at its build. */
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

function onPath(command: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => path.join(folder, command)).find((file) => fs.existsSync(file));
}
