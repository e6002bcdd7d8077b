import { within } from "../../engine/library/tenants";
import { machinesOf, type MachineView } from "../../engine/machines";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** What belongs to a pool of machines: a MachineDeployment and the templates that it names. */

export const DEPLOYMENT = "cluster.x-k8s.io/MachineDeployment";

const GROUP = "cluster.x-k8s.io/cluster-api-autoscaler-node-group";
export const MIN_SIZE = `${GROUP}-min-size`;
export const MAX_SIZE = `${GROUP}-max-size`;

export const CONFIGS = ["bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate", "bootstrap.cluster.x-k8s.io/KubeadmConfig"];

const MACHINES = "infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate";

/** The template of its virtual machines; undefined where it is not among the resources. */
export function machineTemplateOf(deployment: Target, stack: Stack): MachineView | undefined {
  const reference = deployment.spec.at("template", "spec", "infrastructureRef");
  const found = named(deployment, stack, reference, MACHINES);
  return found === undefined ? undefined : machinesOf(found)[0];
}

/** How its machines register their nodes; undefined where the template is not among the resources. */
export function registrationOf(deployment: Target, stack: Stack): View | undefined {
  const reference = deployment.spec.at("template", "spec", "bootstrap", "configRef");
  const found = named(deployment, stack, reference, CONFIGS[0] ?? "");
  return found === undefined ? undefined : registrationIn(found);
}

/** What a KubeadmConfig or a template of some says of the nodes that join. */
export function registrationIn({ key, spec }: Target): View {
  const config = key === CONFIGS[0] ? spec.at("template", "spec") : spec;
  return config.at("joinConfiguration", "nodeRegistration");
}

function named(deployment: Target, stack: Stack, reference: View, kind: string): Target | undefined {
  const name = reference.field("name").text;
  return within(stack, deployment.namespace.text, kind).found.find((each) => each.name.text === name);
}

/** A label that the kubelet gives its node by its argument --node-labels. */
export interface KubeletLabel {
  readonly name: string;
  readonly value: string;
  readonly at: View;
}

/** Arguments of the kubelet are a list since v1beta2 of Cluster API, a map before. */
export function kubeletLabels(registration: View): KubeletLabel[] {
  const given = registration.field("kubeletExtraArgs");
  const texts = Array.isArray(given.value)
    ? given.items().flatMap((each) => (each.field("name").is("node-labels") ? [each.field("value")] : []))
    : [given.field("node-labels")];
  return texts.flatMap((at) => pairs(at.text).map(([name, value]) => ({ name, value, at })));
}

/** `a=1,b=2` taken apart. */
export function pairs(text: string | undefined): [name: string, value: string][] {
  return (text ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => [each.replace(/=.*$/s, ""), each.includes("=") ? each.replace(/^[^=]*=/, "") : ""]);
}

/** How many machines a pool has at its largest; undefined where it is not given. */
export function largestOf({ annotations, spec }: Target): number | undefined {
  const most = annotations.field(MAX_SIZE).text;
  if (most !== undefined) return /^\d{1,9}$/.test(most) ? Number(most) : undefined;
  return spec.field("replicas").number;
}

/** How many machines a roll adds before it takes some away: one where nothing is said. */
export function surgeOf({ spec }: Target, machines: number): number {
  const holder = spec.field("strategy").present ? spec.field("strategy") : spec.at("rollout", "strategy");
  const surge = holder.at("rollingUpdate", "maxSurge");
  const percent = /^(\d{1,3})%$/.exec(surge.text ?? "")?.[1];
  if (percent !== undefined) return Math.ceil((Number(percent) / 100) * machines);
  return surge.number ?? 1;
}
