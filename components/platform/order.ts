import type { Problem } from "../core/problem";
import type { Tier } from "../core/schema";
import type { Capability } from "./capabilities";
import { type Component, type Stage, stageName } from "./component";

/** A stage of the platform with everything that has to be finished before it. */
export interface OrderedStage {
  readonly name: string;
  readonly component: Component;
  readonly stage: Stage;
  /** Names of stages, each once: those that provide what it needs, then those of its component. */
  readonly after: readonly string[];
}

export interface Order {
  /** Every stage comes after those that it needs; among several that can come next, the first of the registry does. */
  readonly stages: readonly OrderedStage[];
  readonly problems: readonly Problem[];
}

/** What clusters of tenants are made with; a platform without one of these has no use. */
const TENANTS_NEED: Readonly<Record<Tier, readonly Capability[]>> = {
  development: [
    "pod-network",
    "network-policies",
    "load-balancer",
    "volumes",
    "virtualization",
    "cluster-api",
    "cluster-api/bootstrap",
    "cluster-api/control-plane",
    "cluster-api/infrastructure",
    "data-store",
  ],
  // volumes of a tenant outlive the loss of a machine
  production: ["storage-class/replicated"],
};

/** Capabilities that tenants of a cloud of this tier need. */
export function tenantNeeds(tier: Tier): readonly Capability[] {
  return tier === "production" ? [...TENANTS_NEED.development, ...TENANTS_NEED.production] : TENANTS_NEED.development;
}

/** Capabilities that a component of a platform or its tenants need. */
export function neededCapabilities(components: readonly Component[], tier: Tier): ReadonlySet<Capability> {
  const needs = components.flatMap(({ stages }) => stages.flatMap(({ needs = [] }) => needs));
  return new Set([...tenantNeeds(tier), ...needs]);
}

/**
 * Orders the stages of a platform by what they need and provide.
 *
 * @param components those of this platform.
 * @param known all that there are, to say which one would provide what is missing.
 */
export function orderStages(components: readonly Component[], tier: Tier, known: readonly Component[]): Order {
  const entries = components.flatMap((component) => component.stages.map((stage) => ({ component, stage })));
  const providers = providersOf(components);
  const problems = [
    ...nameProblems(components),
    ...missing(components, tier, known, providers),
    ...twiceProvided(providers),
  ];
  const pending = entries.map(({ component, stage }): OrderedStage => {
    const needed = (stage.needs ?? []).flatMap((capability) =>
      (providers.get(capability) ?? []).map(({ stage }) => stage),
    );
    return { name: stageName(stage), component, stage, after: [...new Set([...needed, ...(stage.after ?? [])])] };
  });
  const names = new Set(pending.map(({ name }) => name));
  const { stages, left } = sorted(pending, names);
  return { stages, problems: [...problems, ...cycleProblems(left)] };
}

interface Provider {
  readonly component: string;
  readonly stage: string;
}

function providersOf(components: readonly Component[]): ReadonlyMap<Capability, readonly Provider[]> {
  const providers = new Map<Capability, Provider[]>();
  for (const { name, stages } of components) {
    for (const stage of stages) {
      for (const capability of stage.provides ?? []) {
        const others = providers.get(capability) ?? [];
        providers.set(capability, [...others, { component: name, stage: stageName(stage) }]);
      }
    }
  }
  return providers;
}

/** What comes next is the first whose needs are finished; what is left waits for itself, directly or not. */
function sorted(pending: readonly OrderedStage[], names: ReadonlySet<string>) {
  const stages: OrderedStage[] = [];
  const finished = new Set<string>();
  let left = pending;
  for (;;) {
    const next = left.find(({ after }) => after.every((name) => finished.has(name) || !names.has(name)));
    if (next === undefined) return { stages, left };
    stages.push(next);
    finished.add(next.name);
    left = left.filter((each) => each !== next);
  }
}

/** Stages are known by their names, in the whole platform. */
function nameProblems(components: readonly Component[]): Problem[] {
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { name, stages } of components) {
    const own = stages.map(stageName);
    for (const stage of own) {
      const owner = owners.get(stage);
      if (owner !== undefined) {
        const rule = `is a stage of ${owner} already; names are unique in a platform`;
        problems.push({ where: `component ${name}`, given: `stage ${stage}`, rule, fix: "give it another name" });
      }
      owners.set(stage, name);
    }
    for (const after of stages.flatMap(({ after = [] }) => after)) {
      if (own.includes(after)) continue;
      const rule = `must be a stage of the component itself: ${own.join(", ")}`;
      const fix = "correct its name, or need the capability that another component provides";
      problems.push({ where: `component ${name}`, given: `after ${after}`, rule, fix });
    }
  }
  return problems;
}

function missing(
  components: readonly Component[],
  tier: Tier,
  known: readonly Component[],
  providers: ReadonlyMap<Capability, readonly Provider[]>,
): Problem[] {
  const lacking = [...neededCapabilities(components, tier)].filter((capability) => !providers.has(capability));
  // one component that is off is one problem, whatever it would provide
  const groups = new Map<string, { capabilities: Capability[]; users: string[] }>();
  for (const capability of lacking) {
    const users = components.filter(({ stages }) => stages.some(({ needs = [] }) => needs.includes(capability)));
    const could = known.filter(({ stages }) => stages.some(({ provides = [] }) => provides.includes(capability)));
    const fix =
      could.length === 0
        ? "add a component that provides it"
        : `switch on one of those that provide it: ${could.map(({ name }) => `platform.components.${name}.enabled`).join(", ")}`;
    const group = groups.get(fix) ?? { capabilities: [], users: [] };
    const who = [
      ...users.map(({ name }) => name),
      ...(tenantNeeds(tier).includes(capability) ? [`clusters of tenants (tier ${tier})`] : []),
    ];
    groups.set(fix, { capabilities: [...group.capabilities, capability], users: [...group.users, ...who] });
  }
  return [...groups].map(([fix, { capabilities, users }]) => ({
    where: "platform.components",
    given: `${capabilities.join(", ")}: provided by no component that is switched on`,
    rule: `is needed by ${[...new Set(users)].join(", ")}`,
    fix,
  }));
}

function twiceProvided(providers: ReadonlyMap<Capability, readonly Provider[]>): Problem[] {
  const groups = new Map<string, { names: readonly string[]; capabilities: Capability[] }>();
  for (const [capability, by] of providers) {
    if (by.length < 2) continue;
    const names = by.map(({ component }) => component);
    const { capabilities = [] } = groups.get(names.join()) ?? {};
    groups.set(names.join(), { names, capabilities: [...capabilities, capability] });
  }
  return [...groups.values()].map(({ names, capabilities }) => ({
    where: "platform.components",
    given: `${capabilities.join(", ")}: provided by ${names.join(" and ")}`,
    rule: "must be provided by one component",
    fix: `switch off all but one: ${names.map((name) => `platform.components.${name}.enabled`).join(", ")}`,
  }));
}

/** One way around among the stages that wait for each other. */
function cycleProblems(left: readonly OrderedStage[]): Problem[] {
  const [first] = left;
  if (first === undefined) return [];
  const waiting = new Map(left.map((each) => [each.name, each]));
  const path: OrderedStage[] = [];
  let stage: OrderedStage = first;
  while (!path.includes(stage)) {
    path.push(stage);
    const next = stage.after.map((name) => waiting.get(name)).find((each) => each !== undefined);
    // what is left waits for something that is left
    if (next === undefined) return [];
    stage = next;
  }
  const cycle = [...path.slice(path.indexOf(stage)), stage];
  const given = cycle
    .map(({ name, component }) => (name === component.name ? name : `${component.name} (${name})`))
    .join(" → ");
  const rule = "each waits for the next, so that none can begin";
  return [{ where: "platform.components", given, rule, fix: "remove one of these needs, or switch one of them off" }];
}
