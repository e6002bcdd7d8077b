import { refuse } from "../core/problem";
import { parseSettings } from "../core/schema";
import { contradictions } from "./rules";
import { type Deployed, deploymentProblems } from "./deployed";
import { type BaseSettings, baseSettings } from "./settings";

/**
 * Parses the settings of a base stack.
 *
 * @param deployed what was deployed last, if anything: minors are not skipped, what is fixed does not change.
 * @throws InvalidInput with every problem: unknown keys, wrong values and, when all values are well formed, settings
 * that contradict each other.
 */
export function parseBaseSettings(raw: unknown, deployed: Deployed = {}): BaseSettings {
  const { base: cluster, registryPasswords, adopted } = parseSettings(baseSettings, "base configuration", raw);
  const base = { ...cluster, registryPasswords, ...(adopted === undefined ? {} : { adopted }) };
  refuse("base configuration", [...deploymentProblems(base, deployed), ...contradictions(base)]);
  return base;
}
