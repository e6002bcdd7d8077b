import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { kubernetesApi } from "../components/kubernetes/api-client";
import { repairReleases } from "../components/kubernetes/release-repair";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { refuseStaleBuild } from "./build-check";
import { layers } from "./layers";
import type { ProgramContext } from "./program";
import { presentable } from "./presentable";
import { refusePlainSettings } from "./secret-settings";
import { readSettings } from "./settings";
import { parseStackName } from "./stack-name";

export interface DeployOptions {
  /** Directory of the project, where its stack files are. Default: what the language host says. */
  readonly root?: string;
  /**
   * Whether clusters are asked for releases that a killed run left without an end, before they are deployed. Default:
   * false, for those who recover stacks themselves.
   */
  readonly repair?: boolean;
}

/**
 * The program of every stack of the project: reads which layer the stack is, and runs that layer.
 *
 * It leaves the process alone (no listeners, no exit, no state of its own), so that several programs may run at once in
 * one process: give it to the Automation API as an inline program. A process that the engine starts runs index.ts.
 *
 * @returns the outputs of the stack.
 */
export async function deploy({ repair = false, root }: DeployOptions = {}): Promise<
  Record<string, pulumi.Output<unknown>>
> {
  try {
    refuseStaleBuild(PACKAGE_ROOT);
    const settings = readSettings();
    const stack = parseStackName(pulumi.getStack(), settings["layer"]);
    const [organization, project] = [pulumi.getOrganization(), pulumi.getProject()];
    const layer = layers[stack.layer];
    const run = await layer.program();
    refusePlainSettings(await layer.settings(), settings);
    return await run({
      stack,
      settings,
      qualified: (name) => `${organization}/${project}/${name}`,
      root: root ?? projectRoot(),
      ...(repair && !pulumi.runtime.isDryRun() ? { repair: repairIn(stack.cloud) } : {}),
    });
  } catch (error) {
    throw presentable(error);
  }
}

/** A cluster that does not answer is no reason to stop here: what is deployed into it says so. */
function repairIn(cloud: string): NonNullable<ProgramContext["repair"]> {
  return async (kubeconfig, releases) => {
    try {
      return await repairReleases(kubernetesApi(kubeconfig, cloud), releases);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [`whether a killed run has left releases without an end is not known: ${reason}`];
    }
  };
}

/** Language hosts before 3.119 do not say where the project is: then it is where the package is. */
function projectRoot(): string {
  const given = pulumi.runtime.getRootDirectory();
  return path.isAbsolute(given) ? given : PACKAGE_ROOT;
}
