import type { Cidr } from "../../core/cidr";
import type { Problem } from "../../core/problem";
import type { KubernetesObject, Manifest } from "../../kubernetes/manifest";
import type { TenantAddon } from "../addon";
import type { Demand } from "../capacity";
import type { MachineSpec } from "../infrastructure";
import type { MachineTemplate } from "../infrastructure/infrastructure";
import type { MachineHealthCheckSpec } from "../kinds/cluster-api";
import type { Capability } from "../platform-capabilities";
import type { Tenant } from "../settings";

/** Files of API servers in pods: a ConfigMap of the management cluster. */
export interface ApiServerFiles {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly data: Record<string, string>;
}

/** The objects of a control plane. */
export interface PlannedControlPlane<Spec> {
  readonly controlPlane: KubernetesObject & Manifest<Spec>;
  /** What API servers in pods read when they start. */
  readonly apiServerFiles?: ApiServerFiles | undefined;
  /** What its machines are made of, where it runs on machines. */
  readonly controlPlaneMachines?: MachineTemplate<MachineSpec>;
  /** Replaces its machines, where there are enough of them. */
  readonly controlPlaneHealth?: Manifest<MachineHealthCheckSpec>;
}

/** Traffic of the tenant's namespace that a control plane needs. */
export interface ControlPlaneTraffic {
  /** Whether its pods are in the namespace, under Kamaji's labels. */
  readonly inPods: boolean;
  /** Where the API answers, seen from pods of the namespace: none where that is in the namespace itself. */
  readonly networks: readonly Cidr[];
}

/** What runs the control plane of a cluster: an object that the Cluster names. */
export interface ControlPlaneKind<Spec> {
  /** What it is called in the settings. */
  readonly name: Tenant["controlPlane"]["provider"];
  /** What the platform must provide. */
  readonly capability: Capability;
  readonly kind: string;
  readonly plan: (tenant: Tenant, addons: readonly TenantAddon[]) => PlannedControlPlane<Spec>;
  /** Whether it has written the administrator's kubeconfig, by its status at the end of the last deployment. */
  readonly served: (status: unknown) => boolean;
  /** host:port at which pods of the tenant's namespace reach the API. */
  readonly api: (tenant: Tenant) => string;
  readonly traffic: (tenant: Tenant) => ControlPlaneTraffic;
  /** What it takes from the tenant's quota. */
  readonly demand: (tenant: Tenant) => Demand;
  /** Nodes of the cluster that it runs on. */
  readonly nodes: (tenant: Tenant) => number;
  /** What is wrong with its settings. */
  readonly check: (tenant: Tenant) => readonly Problem[];
}
