import { reserveArgs } from "../allocatable";
import { nodeLabels, pairs } from "../node-registration";
import type { JoiningPool } from "./bootstrap";

/** Command-line arguments of the kubelets of a pool, without dashes: labels of their nodes, then the others by name. */
export function kubeletArguments(pool: JoiningPool): (readonly [name: string, value: string])[] {
  const nodes = pairs(nodeLabels(pool.labels).kubelet);
  const others = { ...reserveArgs(pool), ...pool.kubelet.extraArgs, ...pool.kubeletArgs };
  return [
    ...(nodes === "" ? [] : [["node-labels", nodes] as const]),
    ...Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
}
