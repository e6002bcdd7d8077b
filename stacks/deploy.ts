import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { refuseStaleBuild } from "./build-check";
import { layers } from "./layers";
import { presentable } from "./presentable";
import { refusePlainSettings } from "./secret-settings";
import { readSettings } from "./settings";
import { parseStackName } from "./stack-name";

/**
 * The program of every stack of the project: reads which layer the stack is, and runs that layer.
 *
 * It leaves the process alone (no listeners, no exit, no state of its own), so that several programs may run at once in
 * one process: give it to the Automation API as an inline program. A process that the engine starts runs index.ts.
 *
 * @returns the outputs of the stack.
 */
export async function deploy(): Promise<Record<string, pulumi.Output<unknown>>> {
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
      root: projectRoot(),
    });
  } catch (error) {
    throw presentable(error);
  }
}

/** Language hosts before 3.119 do not say where the project is: then it is where the package is. */
function projectRoot(): string {
  const given = pulumi.runtime.getRootDirectory();
  return path.isAbsolute(given) ? given : PACKAGE_ROOT;
}
