import { fieldsOf } from "../core/fields";
import type { NodePoolPlan } from "./node-pool-plan";

/** What is published of a pool, for the next preview alone. */
export interface PublishedPool {
  /** How many machines there are: `3`, or `0 to 4`. */
  readonly machines: string;
  readonly machineTemplate: string;
  readonly bootstrapTemplate: string;
  readonly version: string;
  /** The longest that its removal may take. */
  readonly seconds: number;
}

type Named = NodePoolPlan & { readonly pool: string };

export function publishedPool({ machineDeployment, version, rollSeconds }: NodePoolPlan): PublishedPool {
  const { metadata, spec } = machineDeployment;
  const bound = (which: string) => {
    const annotations: Readonly<Record<string, string>> = metadata.annotations ?? {};
    return annotations[`cluster.x-k8s.io/cluster-api-autoscaler-node-group-${which}-size`];
  };
  return {
    machines: spec.replicas === undefined ? `${bound("min")} to ${bound("max")}` : String(spec.replicas),
    machineTemplate: spec.template.spec.infrastructureRef.name,
    bootstrapTemplate: spec.template.spec.bootstrap.configRef.name,
    version,
    seconds: rollSeconds,
  };
}

/** The pools that a stack has published; none where it has not. */
export function readPools(output: unknown): Readonly<Record<string, PublishedPool>> | undefined {
  if (output === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(fieldsOf(output)).map(([name, value]) => {
      const { machines, machineTemplate, bootstrapTemplate, version, seconds } = fieldsOf(value);
      const texts = { machines, machineTemplate, bootstrapTemplate, version };
      const known = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, String(text)]));
      return [name, { ...(known as Record<keyof typeof texts, string>), seconds: Number(seconds) }];
    }),
  );
}

/**
 * One line for each pool: what this deployment does to its machines, how many, and how long that takes at most. Nothing
 * where no pool changes.
 */
export function poolChanges(pools: readonly Named[], deployed: Readonly<Record<string, PublishedPool>>): string[] {
  const gone = Object.entries(deployed)
    .filter(([name]) => !pools.some(({ pool }) => pool === name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = [
    ...pools.map((plan) => `pool ${plan.pool}: ${effectOf(plan, deployed[plan.pool])}`),
    ...gone.map(
      ([name, { machines, seconds }]) =>
        `pool ${name}: is removed with its ${counted(machines)}, drained one by one, up to ${minutes(seconds)}`,
    ),
  ];
  return lines.every((line) => line.endsWith(`: ${NO_EFFECT}`)) ? [] : lines;
}

const NO_EFFECT = "no effect";

function effectOf(plan: Named, before: PublishedPool | undefined): string {
  const now = publishedPool(plan);
  if (before === undefined) return `is new, with ${counted(now.machines)}, up to ${minutes(plan.bootSeconds)}`;
  const reasons = [
    ...(before.version === now.version ? [] : [`${before.version} → ${now.version}`]),
    ...(before.machineTemplate === now.machineTemplate ? [] : ["another virtual machine"]),
    ...(before.bootstrapTemplate === now.bootstrapTemplate ? [] : ["other settings of its nodes"]),
  ];
  const scaled = before.machines !== now.machines;
  if (reasons.length > 0) {
    const then = scaled ? ` and then has ${now.machines}` : "";
    if (before.machines === "0") return `has no machine to replace${then}: ${reasons.join(", ")}`;
    const { strategy } = plan.machineDeployment.spec.rollout;
    if (strategy.type === "OnDelete") {
      return `leaves ${counted(before.machines)} as they are until somebody deletes them${then}: ${reasons.join(", ")}`;
    }
    const { maxSurge, maxUnavailable } = strategy.rollingUpdate;
    const together = maxSurge + maxUnavailable > 1 ? `, ${maxSurge + maxUnavailable} at a time` : "";
    return `rolls ${counted(before.machines)}${together}${then}, up to ${minutes(plan.rollSeconds)}: ${reasons.join(", ")}`;
  }
  if (!scaled) return NO_EFFECT;
  if (before.machines.includes(" ") && now.machines.includes(" ")) {
    return `has bounds of ${now.machines} machines instead of ${before.machines}; none is replaced`;
  }
  return `scales from ${before.machines} to ${counted(now.machines)}, up to ${minutes(plan.rollSeconds)}`;
}

function counted(machines: string): string {
  return `${machines} ${machines === "1" ? "machine" : "machines"}`;
}

function minutes(seconds: number): string {
  return `${Math.ceil(seconds / 60)} min`;
}
