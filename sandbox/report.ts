import * as path from "node:path";
import type { StackResult } from "../automation/engine-options";
import type { Layout } from "./layout";

export interface ClusterReport {
  readonly name: string;
  readonly layer: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly nodes: number;
  readonly readyNodes: number;
}

export interface Report {
  readonly ok: true;
  readonly clusters: readonly ClusterReport[];
  readonly stacks: readonly (Omit<StackResult, "errors" | "warnings" | "refusedByPolicy"> & {
    readonly layer: string;
  })[];
  readonly simulated: readonly string[];
  readonly real: readonly string[];
  readonly seconds: number;
}

/** What a person reads at the end of a start. */
export function render(report: Report, layout: Layout): string {
  const stacks = report.stacks.map(({ layer, name, resources, changes, seconds }) => [
    layer,
    name,
    String(resources),
    changed(changes),
    `${seconds.toFixed(1)} s`,
  ]);
  const clusters = report.clusters.map(({ name, nodes, readyNodes, kubeconfig }) => [
    name,
    `${readyNodes} of ${nodes}`,
    kubeconfig,
  ]);
  const first = report.clusters[0]?.kubeconfig ?? "";
  const tenant = report.clusters.at(-1)?.kubeconfig ?? "";
  return [
    table(["layer", "stack", "resources", "changed", "time"], stacks),
    table(["cluster", "nodes Ready", "kubeconfig"], clusters),
    `real:      ${report.real.join(", ")}`,
    `simulated: ${report.simulated.join(", ")}`,
    `\nThe cloud is up after ${report.seconds.toFixed(0)} s. Try next:`,
    `  kubectl --kubeconfig ${first} get nodes`,
    `  kubectl --kubeconfig ${first} get clusters,machinedeployments,virtualmachines -A`,
    `  kubectl --kubeconfig ${tenant} get nodes,pods -A`,
    `  eval "$(npm run sandbox -- env)" && pulumi preview --stack base.sandbox`,
    `  edit ${path.join(layout.root, "stacks", "config")}/Pulumi.*.sandbox*.yaml, the cloud's settings, and start again`,
    `  npm run sandbox -- status | down | destroy`,
  ].join("\n");
}

function changed(changes: StackResult["changes"]): string {
  const parts = (["create", "update", "replace", "delete"] as const).filter((kind) => changes[kind] > 0);
  return parts.length === 0 ? "nothing" : parts.map((kind) => `${changes[kind]} ${kind}d`).join(", ");
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ""].join("\n");
}
