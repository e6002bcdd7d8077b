import { readProject, readStackFile } from "../../stacks/stack-files";
import { plannedPlatform } from "../deployed-platform";
import type { Engine } from "../engine";
import type { EngineError } from "../engine-error";
import type { EngineEvent } from "../engine-events";
import { platformParts } from "../failure/platform-parts";
import { failedSteps, type PartOf, unready } from "../failure/unready";
import { kubernetesApi } from "../kubernetes-api";
import type { Member } from "./selection";

/**
 * A failure with what the management cluster says of the objects that were not ready. As it was where that cluster
 * cannot be asked, or says nothing.
 *
 * @param events those of the operation that failed.
 * @param project directory of Pulumi.yaml.
 */
export async function explained(
  error: EngineError,
  events: readonly EngineEvent[],
  { stack }: Member,
  { engine, project }: { readonly engine: Engine; readonly project: string },
): Promise<EngineError> {
  const steps = failedSteps(events);
  if (steps.length === 0 || stack.layer === "base") return error;
  try {
    const base = valuesOf(await engine.outputs(`base.${stack.cloud}`));
    const api = kubernetesApi(String(base["kubeconfig"]), "the management cluster");
    const partOf = stack.layer === "platform" ? partsOf(project, stack.cloud, base) : () => undefined;
    return error.with(await unready(api, steps, partOf));
  } catch {
    return error;
  }
}

/** Settings that cannot be read here were the program's to read: its resources keep their own names then. */
function partsOf(project: string, cloud: string, base: Readonly<Record<string, unknown>>): PartOf {
  try {
    const { config } = readStackFile(readProject(project), `platform.${cloud}`);
    return platformParts(plannedPlatform(config, base));
  } catch {
    return () => undefined;
  }
}

/** Outputs as they are published. */
export function valuesOf(outputs: Readonly<Record<string, { readonly value: unknown }>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}
