import { refuse } from "../core/problem";
import { parseSettings } from "../core/schema";
import type { KubernetesVersion } from "../core/version";
import { contradictions } from "./rules";
import { type BaseSettings, baseSettings } from "./settings";

/**
 * Parses the settings of a base stack.
 *
 * @param deployed version that runs now, if any: minors are not skipped, versions do not go back.
 * @throws InvalidInput with every problem: unknown keys, wrong values and, when all values are well formed, settings
 * that contradict each other.
 */
export function parseBaseSettings(raw: unknown, deployed?: KubernetesVersion): BaseSettings {
  const { base } = parseSettings(baseSettings, "base configuration", raw);
  refuse("base configuration", contradictions(base, deployed));
  return base;
}
