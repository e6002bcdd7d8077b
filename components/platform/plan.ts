import { InvalidInput, type Problem, refuse } from "../core/problem";
import { type Capability, OBJECTS } from "./capabilities";
import { type ChartLock, lockedChart } from "./charts/lock";
import {
  type ChartStage,
  type Component,
  type FixedSetting,
  type Group,
  isChart,
  type ManagementCluster,
  type PlannedObject,
  type PlatformInputs,
} from "./component";
import { namespaceProblems, type NamespacePlan, planNamespaces } from "./namespaces";
import { neededCapabilities, type OrderedStage, orderStages } from "./order";
import { chartsOf, COMPONENTS } from "./registry";
import { fileProblems, planRelease, type ReleasePlan } from "./releases";
import { enabledComponents, type PlatformSettings } from "./settings";

interface PlannedStageOrder {
  readonly name: string;
  /** Name of the component that it is a part of. */
  readonly component: string;
  readonly group: Group;
  /** Names of stages that are finished before. */
  readonly after: readonly string[];
  readonly provides: readonly Capability[];
}

export interface PlannedRelease extends PlannedStageOrder {
  readonly release: ReleasePlan;
}

export interface PlannedObjects extends PlannedStageOrder {
  readonly objects: readonly (PlannedObject & {
    /** Namespace of the platform that has to be made before; left out where something before it is in there. */
    readonly namespace?: string;
  })[];
  readonly finishedBy: readonly string[];
}

export type PlannedStage = PlannedRelease | PlannedObjects;

/** The platform of one cloud: plain data. */
export interface PlatformPlan {
  readonly inputs: PlatformInputs;
  /** Those that are switched on, in the order of the registry. */
  readonly components: readonly Component[];
  readonly namespaces: Readonly<Record<string, NamespacePlan>>;
  /** In an order in which they can be installed. */
  readonly stages: readonly PlannedStage[];
  readonly provided: ReadonlySet<Capability>;
  /** Settings that cannot change once this is deployed, by their path. */
  readonly fixed: Readonly<Record<string, FixedSetting>>;
  /** Whether what holds data is protected from deletion. */
  readonly protect: boolean;
}

export interface PlanOptions {
  readonly lock: ChartLock;
  /** sha256 of a chart's file in the project, given its path there; undefined where there is none. */
  readonly vendored: (path: string) => string | undefined;
  /** Default: the registry. */
  readonly components?: readonly Component[];
}

/**
 * Plans the platform.
 *
 * @throws InvalidInput when components do not fit together, when a chart is not in the lock, has to be vendored first or
 * is not the one of the lock, or when values are given for a chart that the platform does not have.
 */
export function planPlatform(
  settings: PlatformSettings,
  management: ManagementCluster,
  { lock, vendored, components = COMPONENTS }: PlanOptions,
): PlatformPlan {
  const enabled = enabledComponents(settings, components);
  const { stages: ordered, problems } = orderStages(enabled, settings.tier, components);
  refuse("platform configuration", [
    ...problems,
    ...namespaceProblems(enabled),
    ...enabled.flatMap((each) => each.checkMachines?.(settings, management) ?? []),
  ]);
  const inputs = inputsOf(settings, management, enabled);
  const stages = planStages(ordered, inputs, { lock, vendored });
  refuse("platform configuration", [
    ...unknownCharts(settings, enabled, components),
    ...stages.flatMap((stage) =>
      "release" in stage ? fileProblems(stage.release, lockedChart(lock, stage.name), vendored) : [],
    ),
  ]);
  return {
    inputs,
    components: enabled,
    namespaces: planNamespaces(enabled, inputs),
    stages,
    provided: new Set(stages.flatMap(({ provides }) => provides)),
    fixed: Object.assign({}, ...enabled.map((each) => each.fixed?.(settings) ?? {})) as PlatformPlan["fixed"],
    protect: settings.tier === "production",
  };
}

function inputsOf(
  settings: PlatformSettings,
  management: ManagementCluster,
  enabled: readonly Component[],
): PlatformInputs {
  const podNetworkPlugin = enabled.find((each) => each.podNetworkPlugin !== undefined)?.podNetworkPlugin;
  return {
    settings,
    management,
    needed: neededCapabilities(enabled, settings.tier),
    ...(podNetworkPlugin === undefined ? {} : { podNetworkPlugin }),
  };
}

/** StorageClass of disks of tenants' machines and volumes: the replicated one where there is one. */
export function tenantStorageClass({ provided }: PlatformPlan): string {
  return provided.has("storage-class/replicated") ? OBJECTS.replicatedClass : OBJECTS.localClass;
}

/** Largest packet of a network between machines that nothing is known of. */
const MACHINE_MTU = 1500;

/** The network that machines of tenants are part of; undefined where a component brings it that says nothing of itself. */
export function tenantOuterNetwork({ inputs: { settings, podNetworkPlugin } }: PlatformPlan) {
  if (podNetworkPlugin === undefined) return undefined;
  const { podCidr, machineMtu = MACHINE_MTU } = settings.networking;
  const { overhead, ports } = podNetworkPlugin.tunnel;
  return { network: String(podCidr), mtu: machineMtu - overhead, tunnelPorts: [...ports] };
}

/**
 * The chart that tenants install as their pod network: that of the platform, in its version.
 *
 * @throws InvalidInput when there is none, or no repository that a tenant's program can install it from.
 */
export function tenantPodNetwork(
  { inputs, components }: PlatformPlan,
  lock: ChartLock,
): { readonly chart: string; readonly version: string; readonly repository: string } {
  const stage = chartsOf(components).find(({ tenantPodNetwork }) => tenantPodNetwork);
  const chart = stage?.chart;
  const locked = chart === undefined ? undefined : lockedChart(lock, chart);
  const repository = inputs.settings.mirror.charts ?? locked?.repository;
  if (chart !== undefined && locked !== undefined && repository !== undefined) {
    return { chart, version: locked.version, repository };
  }
  const given = chart === undefined ? "no chart of a pod network for tenants" : "no repository";
  const rule = "tenants install their pod network from a repository";
  const fix = "set one in the chart lock, or a mirror of charts";
  throw new InvalidInput("platform charts", [{ where: chart ?? "platform.components", given, rule, fix }]);
}

type Charts = Pick<PlanOptions, "lock" | "vendored">;

/** @throws InvalidInput with every chart that is not in the lock. */
function planStages(ordered: readonly OrderedStage[], inputs: PlatformInputs, charts: Charts): PlannedStage[] {
  const problems: Problem[] = [];
  const stages = ordered.flatMap((each): PlannedStage[] => {
    try {
      return [planStage(each, ordered, inputs, charts)];
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  refuse("platform charts", problems);
  return stages;
}

function planStage(
  { name, component, stage, after }: OrderedStage,
  ordered: readonly OrderedStage[],
  inputs: PlatformInputs,
  { lock, vendored }: Charts,
): PlannedStage {
  const common = { name, component: component.name, after, provides: stage.provides ?? [] };
  if (isChart(stage)) return { ...common, group: component.group, release: planRelease(stage, inputs, lock, vendored) };
  const present = namespacesBefore(after, ordered, component);
  const objects = stage.objects(inputs).map((object) => {
    const { namespace } = object.object.metadata;
    return namespace === undefined || present.has(namespace) ? object : { ...object, namespace };
  });
  return {
    ...common,
    group: stage.group ?? component.group,
    objects,
    finishedBy: stage.finishedBy ?? objects.map(({ resource }) => resource),
  };
}

/** Namespaces of the component's own releases that are finished before: they are there. */
function namespacesBefore(
  after: readonly string[],
  ordered: readonly OrderedStage[],
  component: Component,
): ReadonlySet<string> {
  const own = ordered.filter((each) => each.component === component && after.includes(each.name));
  return new Set(
    own.flatMap(({ stage, after }) => [
      ...(isChart(stage) ? [stage.namespace] : []),
      ...namespacesBefore(after, ordered, component),
    ]),
  );
}

function unknownCharts(
  { values }: PlatformSettings,
  enabled: readonly Component[],
  components: readonly Component[],
): Problem[] {
  const charts = chartsOf(enabled).map(({ chart }: ChartStage) => chart);
  return Object.keys(values)
    .filter((name) => !charts.includes(name))
    .map((name) => {
      const owner = components.find((each) => chartsOf([each]).some(({ chart }) => chart === name));
      return {
        where: `platform.values.${name}`,
        given: owner === undefined ? "no such chart" : `a chart of ${owner.name}, which is switched off`,
        rule: `must be one of ${charts.join(", ")}`,
        fix: "correct the name or remove it",
      };
    });
}
