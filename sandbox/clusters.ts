import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../automation/engine";
import type { StackResult } from "../automation/engine-options";
import type { Layout } from "./layout";
import { countNodes } from "./nodes";
import type { ClusterReport } from "./report";

/** After all stacks are up, nodes join within seconds. */
const NODES_SECONDS = 60;

/** After the daemon has started, API servers of machines that run already answer within seconds. */
const ANSWER_SECONDS = 30;

/** Kubeconfigs are read from the stacks' contracts; a stack that did not change keeps its file. */
export async function writeKubeconfig(engine: Engine, layout: Layout, { name, changes }: StackResult): Promise<void> {
  const file = kubeconfigPath(layout, name);
  const { create, update, replace } = changes;
  if (fs.existsSync(file) && create + update + replace === 0) return;
  const { kubeconfig } = await engine.outputs(name);
  fs.mkdirSync(layout.kubeconfigs, { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, String(kubeconfig?.value), { mode: 0o600 });
}

/**
 * The cluster of a stack, once its nodes are there; as it is, after a minute.
 *
 * @param network whether nodes become Ready: they do not without the platform's network.
 */
export async function clusterReport(layout: Layout, stack: string, network: boolean): Promise<ClusterReport> {
  const kubeconfig = kubeconfigPath(layout, stack);
  const text = fs.readFileSync(kubeconfig, "utf8");
  const end = Date.now() + NODES_SECONDS * 1000;
  let counted = await countNodes(text);
  while (counted.nodes === 0 || (network && counted.readyNodes < counted.nodes)) {
    if (Date.now() > end) break;
    await sleep(500);
    counted = await countNodes(text);
  }
  return { name: stack.split(".").at(-1) ?? stack, layer: layerOf(stack), kubeconfig, ...counted };
}

/** Whether the APIs of all these stacks answer to the kubeconfigs that are there; for half a minute, they may be starting. */
export async function allAnswer(layout: Layout, stacks: readonly string[]): Promise<boolean> {
  const files = stacks.map((stack) => kubeconfigPath(layout, stack));
  if (!files.every((file) => fs.existsSync(file))) return false;
  for (const end = Date.now() + ANSWER_SECONDS * 1000; Date.now() < end; await sleep(250)) {
    const answers = files.map(async (file) => countNodes(fs.readFileSync(file, "utf8")));
    if ((await Promise.allSettled(answers)).every(({ status }) => status === "fulfilled")) return true;
  }
  return false;
}

export function layerOf(stack: string): string {
  return stack.split(".")[0] ?? stack;
}

function kubeconfigPath(layout: Layout, stack: string): string {
  const name = stack.startsWith("base.") ? "management" : (stack.split(".").at(-1) ?? stack);
  return path.join(layout.kubeconfigs, `${name}.yaml`);
}
