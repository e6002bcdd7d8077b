import { resolve } from "./resolve";
import { tools } from "./tools";
import type { ResolvedTool, ToolchainOptions, ToolName } from "./types";
import { PACKAGE_ROOT } from "../../../components/core/package-root";

export { cachedArtifact, type ArtifactKey, type MakeTask } from "./cache";
export { goEnvironment } from "./go-build";
export { silentProgress, terminalProgress, type Progress, type Task } from "./progress";
export { moduleHash } from "./sources";
export { tools } from "./tools";
export type { ReleaseOptions, ResolvedTool, ToolchainOptions, ToolName } from "./types";

/**
 * Finds the tools, or gets them: on PATH when new enough, in the cache, as an official release, or by building them.
 * Only what is asked for is downloaded or built.
 *
 * @returns one entry per name.
 * @throws InvalidInput when one cannot be had, saying what to do.
 */
export function resolveTools(
  names: readonly ToolName[],
  options: ToolchainOptions,
): Promise<ReadonlyMap<ToolName, ResolvedTool>> {
  return resolve(names, tools, PACKAGE_ROOT, options);
}
