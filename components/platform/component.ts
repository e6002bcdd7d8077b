import type { z } from "zod";
import type { Problem } from "../core/problem";
import type { ChartExemption, ObjectExemption } from "../kubernetes/exemptions";
import type { KubernetesObject } from "../kubernetes/manifest";
import type { Capability } from "./capabilities";
import type { CommonSettings, Values } from "./common-settings";
import type { ChartSandbox, ComponentSandbox } from "./sandbox";

/*
 * The interface of a component of the platform: plain data and pure functions, in components/<name>/index.ts. Everything
 * about one component stands there; order, namespaces, network policies, settings, policy configuration, reference pages
 * and the sandbox are computed from it. Only install.ts makes resources.
 */

/** Pod Security level that a namespace enforces. */
export type PodSecurity = "privileged" | "baseline" | "restricted";

/** The Pulumi component that a component's resources are children of. */
export type Group = "networking" | "storage" | "virtualization" | "cluster-api" | "operations" | "data-services";

/** What a component has to know of the cluster that it is installed on. */
export interface ManagementCluster {
  readonly cluster: string;
  /** v1.34.4 */
  readonly kubernetesVersion: string;
  readonly dnsDomain: string;
  /** Networks of the machines, from which its API servers call. */
  readonly nodeCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  /** System extensions that the images of all machines carry: siderolabs/drbd. */
  readonly extensions: readonly string[];
  /** Whether the machines let pods take snapshots of etcd. Default: no. */
  readonly etcdBackups?: boolean | undefined;
  readonly machines: Readonly<Record<string, ManagementMachine>>;
}

export interface ManagementMachine {
  readonly role: "controlplane" | "worker";
  readonly address: string;
  /** System extensions of its own image. Default: those of all machines. */
  readonly extensions?: readonly string[] | undefined;
}

/** What CNI plugins that are chained behind a pod network have to know of it, on every node. */
export interface PodNetworkPlugin {
  /** Name of its CNI plugin. */
  readonly name: string;
  /** Its entry in a CNI configuration list. */
  readonly plugin: Readonly<Record<string, unknown>>;
  /** Devices of a node that carry its traffic. */
  readonly devices: readonly string[];
  /** What it wraps packets between nodes in: bytes that this takes of each, and UDP ports. */
  readonly tunnel: { readonly overhead: number; readonly ports: readonly number[] };
}

/**
 * Everything that a component is computed from.
 *
 * @typeParam Own settings of the component's own fragment.
 */
export interface PlatformInputs<Own extends object = object> {
  readonly settings: CommonSettings & Own;
  readonly management: ManagementCluster;
  /** Capabilities that a component of this platform or a tenant needs. */
  readonly needed: ReadonlySet<Capability>;
  /** The plugin of the component that provides pod-network, where it can be chained behind. */
  readonly podNetworkPlugin?: PodNetworkPlugin;
}

/** What values of a chart may depend on beside the inputs: where and as what it is installed. */
export interface Installed {
  readonly namespace: string;
  readonly version: string;
}

/** A namespace that a component uses. Several may name the same one: traffic and budgets are joined, levels must agree. */
export interface NamespaceUse<Own extends object = object> {
  readonly podSecurity: PodSecurity;
  /**
   * What its pods may talk to beside each other, DNS and the Kubernetes API. Left out where all pods are in the network
   * of the machines: no NetworkPolicy selects those.
   */
  readonly traffic?: AllowedTraffic;
  /** PodDisruptionBudgets of copies whose chart has none. */
  budgets?(inputs: PlatformInputs<Own>): readonly Budget[];
}

export interface AllowedTraffic {
  /** Ports that API servers call: webhooks, aggregated APIs. */
  readonly apiServerPorts?: readonly number[];
  /** Whether it talks to the API servers of tenants. */
  readonly tenantApis?: true;
  /** Whether it fetches from registries or the internet, over TLS. */
  readonly internet?: true;
  /** Ports of the machines that it goes to: 10250 for what asks kubelets; from and to for a range. */
  readonly machinePorts?: readonly (number | readonly [from: number, to: number])[];
  /** Other pods, in any namespace, by a label: those that come in, and those that it goes to. */
  readonly from?: readonly PodPort[];
  readonly to?: readonly PodPort[];
}

export interface PodPort {
  readonly label: string;
  /** Any value when left out. */
  readonly value?: string;
  readonly port: number;
}

export interface Budget {
  readonly name: string;
  /** Number of copies; there is no budget for a single one, which could not be moved off its machine then. */
  readonly copies: number;
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** A part of a component that is finished before or after others. */
interface StageOrder {
  /** Capabilities that have to be provided before. */
  readonly needs?: readonly Capability[];
  /** Stages of the same component that have to be finished before: charts by their name. */
  readonly after?: readonly string[];
  /** Capabilities that are there once it is finished. */
  readonly provides?: readonly Capability[];
}

/** A Helm release, called as its chart. */
export interface ChartStage<Own extends object = object> extends StageOrder {
  /** Name of its entry in the chart lock, and of the release. */
  readonly chart: string;
  readonly namespace: string;
  /** False only where its pods cannot become ready until a later stage is finished. Default: true. */
  readonly awaited?: boolean;
  /** Seconds until an installation counts as failed. */
  readonly timeout: number;
  /**
   * Whether uninstalling the chart would take its CRDs, and with them every object of their kinds, along: such a
   * release is left in the cluster when it leaves a production program. Default: false.
   */
  readonly takesCrdsAlong?: boolean;
  /**
   * Whether upstream supports upgrades over several minors, or its versions have none: dates. Default: false, one minor
   * after the other.
   */
  readonly skipsMinors?: true;
  /** What an upgrade does beyond restarting pods, or does not do, for previews: "machines go on". */
  readonly upgradeNote?: string;
  /** Default: none. */
  values?(inputs: PlatformInputs<Own>, installed: Installed): Values;
  /** Values that name images (path in dots → upstream's repository, or only its host), for a mirror. */
  readonly images: Readonly<Record<string, string>>;
  /** Whether tenants install the same chart as their pod network, in the same version. Default: false. */
  readonly tenantPodNetwork?: true;
  /** What its objects need beyond the rules of the policy pack. */
  readonly exemptions?: readonly ChartExemption[];
  /** What the sandbox installs in its place. */
  readonly sandbox?: ChartSandbox;
}

/** Kubernetes objects of the program, for the most part custom resources. */
export interface ObjectStage<Own extends object = object> extends StageOrder {
  /** Unique in the platform: `address-pools`. */
  readonly stage: string;
  objects(inputs: PlatformInputs<Own>): readonly PlannedObject[];
  /** Names of the resources that later stages depend on. Default: all. */
  readonly finishedBy?: readonly string[];
  /** Pulumi component of its resources, where it is not the component's own. */
  readonly group?: Group;
}

export type Stage<Own extends object = object> = ChartStage<Own> | ObjectStage<Own>;

/** An object as a Pulumi resource. */
export interface PlannedObject {
  /** Logical name of the resource; part of its identity. */
  readonly resource: string;
  readonly object: KubernetesObject;
  /** Resources of the same stage that it depends on. Default: none, it depends on what the stage needs. */
  readonly after?: readonly string[];
  /** Holds data, or is what others hold data in: protected from deletion in production. Default: false. */
  readonly protect?: boolean;
  /** Left in the cluster when it leaves a production program. Default: false. */
  readonly retainOnDelete?: boolean;
  /** Minutes to wait for it. Default: those of the Kubernetes provider. */
  readonly patience?: number;
}

/** Fields of a component's own settings, by the section of `platform:` that they stand in, each with a description. */
export type SettingsFragment = Readonly<Record<string, z.ZodRawShape>>;

/** The parsed settings of a fragment. */
export type OwnSettings<Fragment extends SettingsFragment> = {
  readonly [Section in keyof Fragment]: Readonly<z.output<z.ZodObject<Fragment[Section], z.core.$strict>>>;
};

/** A secret setting of the stack file, beside `platform:`. Objects hold it as a {@link SecretSetting}. */
export interface SecretFragment<Own extends object> {
  readonly description: string;
  /** Why it has to be given; undefined where it is not needed. */
  required(inputs: CommonSettings & Own): Omit<Problem, "where" | "given"> | undefined;
  /** Names that it has to have a value for, where it is a map. */
  entries?(inputs: CommonSettings & Own): readonly string[];
}

/** Stands in an object where install.ts puts the value of a secret setting. */
export class SecretSetting {
  /** @param entry which value, where the setting is a map. */
  constructor(
    readonly key: string,
    readonly entry?: string,
  ) {}
}

/** A setting that cannot change. */
export interface FixedSetting {
  /** As it is in effect, defaults included. */
  readonly value: string;
  readonly rule: string;
  readonly fix: string;
}

export interface Component<Own extends object = object> {
  /** Name of its folder and of its entry under `platform.components`. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly description: string;
  readonly group: Group;
  /** Whether it is part of a platform whose settings do not mention it. Default: true; alternatives are not. */
  readonly enabledByDefault?: boolean;
  readonly namespaces: Readonly<Record<string, NamespaceUse<Own>>>;
  readonly stages: readonly Stage<Own>[];
  readonly settings?: SettingsFragment;
  /** By the name of the setting. */
  readonly secrets?: Readonly<Record<string, SecretFragment<Own>>>;
  /** What is wrong with settings that are each right by themselves. */
  check?(settings: CommonSettings & Own): readonly Problem[];
  /** What these machines cannot serve. */
  checkMachines?(settings: CommonSettings & Own, management: ManagementCluster): readonly Problem[];
  /**
   * Settings that cannot change once the component is deployed, by their path: compared with those of the last
   * deployment.
   */
  fixed?(settings: CommonSettings & Own): Readonly<Record<string, FixedSetting>>;
  /** Images that are not values of a chart: upstream's repositories, or folders of them. */
  readonly images?: readonly string[];
  /** How others are chained behind it; of the component that provides pod-network. */
  readonly podNetworkPlugin?: PodNetworkPlugin;
  readonly exemptions?: readonly ObjectExemption[];
  /** Workloads, `<namespace>/<name>`, that talk to the Kubernetes API and have a token for it. */
  readonly apiClients?: readonly string[];
  /** What the sandbox has in place of its controllers, where their pods do not run. */
  readonly sandbox?: ComponentSandbox;
}

/** Defines a component; its functions get the settings of its own fragment, typed. */
export function component<const Fragment extends SettingsFragment = Record<never, never>>(
  definition: Component<OwnSettings<Fragment>> & { readonly settings?: Fragment },
): Component {
  return definition;
}

export function isChart<Own extends object>(stage: Stage<Own>): stage is ChartStage<Own> {
  return "chart" in stage;
}

/** The name that a stage is known by. */
export function stageName(stage: Stage): string {
  return isChart(stage) ? stage.chart : stage.stage;
}
