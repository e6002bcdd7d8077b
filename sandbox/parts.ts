import { KUBERNETES } from "../versions/kubernetes";
import type { Component } from "../components/platform/component";
import type { CrdSource } from "../components/platform/crd-sources";
import {
  ON_REQUEST,
  sandboxComponents,
  SIMULATED as DEFINITIONS,
  type SimulatedCrds,
  simulatedOnRequest,
} from "./charts";

/** A part of the cloud, and how the sandbox has it. */
export interface Part {
  readonly name: string;
  /** What of it is there, or what it does; empty where the name says all. */
  readonly how: string;
}

/** What runs as it does on hardware. */
export const REAL: readonly Part[] = [
  { name: "Pulumi engine, state, secrets and policies", how: "" },
  { name: "Kubernetes provider and Helm", how: "" },
  { name: "etcd, kube-apiserver, controller-manager and scheduler", how: "" },
  { name: "Cluster API core, kubeadm bootstrap and KubeVirt infrastructure managers", how: "" },
  { name: "csi-provisioner and csi-resizer of tenants", how: "" },
  { name: "framework of cloud controllers (k8s.io/cloud-provider), with its leases, retries and rights", how: "" },
  { name: "machine configuration, its validation and its PKI", how: "" },
];

/** What takes the place of hardware and of what needs it. */
export const SIMULATED: readonly Part[] = [
  { name: "Talos machines", how: "their API is real, the installer image decides what they say of themselves" },
  {
    name: "members of etcd",
    how: "one real process, stopped when most members with a vote are away; join and leave by etcd's rules",
  },
  { name: "API servers", how: "one process, which goes with etcd" },
  {
    name: "nodes and pods",
    how: "KWOK; controllers of tenants' add-ons are processes with their own arguments and accounts",
  },
  {
    name: "KubeVirt cloud controller",
    how: "our own cloud behind the real framework; reads the flags and the file of the real one",
  },
  {
    name: "Kamaji",
    how: `a real kube-apiserver per tenant, of v${KUBERNETES} whatever version is asked for: objects report the one that is asked for, /version the one that serves`,
  },
  {
    name: "KubeVirt and CDI",
    how: "machines join the tenant with their real token, and lose what they have with their disk",
  },
  {
    name: "CSI driver and attacher of tenants",
    how: "fakes with the flags, APIs and rights of the real ones; disks are claims without content",
  },
  {
    name: "Cluster Autoscaler",
    how: "a program of ours with its flags, rights and annotations; it knows neither pod affinity nor topology spread",
  },
  { name: "Cluster API operator, cert-manager, LINSTOR, MetalLB", how: "status only" },
  { name: "charts", how: "real names, versions and CRDs; minimal workloads" },
  ...DEFINITIONS.map(partOf),
];

/** The same of components that a platform switches on and that are not part of every sandbox. */
export function simulatedWith(components: readonly Component[]): readonly Part[] {
  return simulatedOnRequest(components).map(partOf);
}

/** A component that a sandbox is made ready for when it is asked to. */
export interface Requested {
  readonly name: string;
  /** Where the definitions of its kinds come from, which decide what the API server accepts. */
  readonly definitions: string;
  /** What there is not. */
  readonly missing: string;
}

/** Those that are not part of every sandbox. */
export const REQUESTED: readonly Requested[] = sandboxComponents({}, ON_REQUEST)
  .filter(({ sandbox }) => sandbox?.onRequest === true)
  .map(({ name, sandbox }) => ({
    name,
    definitions: [...new Set((sandbox?.crds ?? []).map(originOf))].join("; ") || "none of its own",
    missing: sandbox?.missing?.what ?? "its pods do not run",
  }));

function originOf(source: CrdSource): string {
  if ("module" in source) return `upstream's, ${source.module.version}`;
  return "package" in source ? "made from upstream's types" : "written here";
}

function partOf({ component, what }: SimulatedCrds): Part {
  return { name: component, how: what };
}

/** One line of text. */
export function textOf({ name, how }: Part): string {
  return how === "" ? name : `${name} (${how})`;
}
