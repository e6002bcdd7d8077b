import { labelKeyProblems } from "../../core/node-labels";
import type { Problem } from "../../core/problem";
import type { NodePool } from "../settings";

/** Rollouts that never end, and places that nothing names. */
export function lifeProblems(where: string, { rollout, spread }: NodePool): Problem[] {
  const { strategy, maxSurge, maxUnavailable } = rollout;
  const problems = labelKeyProblems(`${where}.spread.topologyKey`, spread.topologyKey);
  if (strategy === "OnDelete" || maxSurge + maxUnavailable > 0) return problems;
  const rule = "must let a machine be added or missing while the pool rolls: it would never begin";
  const fix = "set maxSurge or maxUnavailable to 1";
  return [...problems, { where: `${where}.rollout`, given: "maxSurge 0, maxUnavailable 0", rule, fix }];
}
