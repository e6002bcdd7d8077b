import type { ControlPlaneComponent } from "../../engine/library/flags";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** Kinds that describe a Kubernetes control plane run by Kamaji. */
export const HOSTED_KINDS = [
  "controlplane.cluster.x-k8s.io/KamajiControlPlane",
  "controlplane.cluster.x-k8s.io/KamajiControlPlaneTemplate",
  "kamaji.clastix.io/TenantControlPlane",
];

export const COMPONENTS: readonly ControlPlaneComponent[] = ["apiServer", "controllerManager", "scheduler", "kine"];

/** The same parts of a control plane, wherever the kind keeps them. */
export interface HostedControlPlane {
  readonly target: Target;
  /** True for KamajiControlPlaneTemplate: version and number of replicas come from elsewhere. */
  readonly template: boolean;
  readonly version: View;
  readonly replicas: View;
  readonly admission: View;
  readonly dataStore: View;
  readonly schema: View;
  readonly username: View;
  /** Settings of the Deployment: scheduling, service account, metadata. */
  readonly deployment: View;
  readonly volumes: View;
  readonly containers: View;
  readonly initContainers: View;
  readonly serviceType: View;
  readonly sourceRanges: View;
  readonly certSANs: View;
  readonly konnectivity: View;
  /** Absent for TenantControlPlane, which is where its pods are. */
  readonly externalCluster: View | undefined;
  readonly extraArgs: (component: ControlPlaneComponent) => View;
}

/** The control plane that a target of HOSTED_KINDS describes; use it as `target.memo(hostedControlPlane)`. */
export function hostedControlPlane(target: Target): HostedControlPlane {
  return target.key === "kamaji.clastix.io/TenantControlPlane" ? ofKamaji(target) : ofClusterApi(target);
}

function ofClusterApi(target: Target): HostedControlPlane {
  const template = target.key.endsWith("Template");
  const spec = template ? target.spec.at("template", "spec") : target.spec;
  const deployment = spec.field("deployment");
  const network = spec.field("network");
  return {
    target,
    template,
    version: spec.field("version"),
    replicas: spec.field("replicas"),
    admission: spec.field("admissionControllers"),
    dataStore: spec.field("dataStoreName"),
    schema: spec.field("dataStoreSchema"),
    username: spec.field("dataStoreUsername"),
    deployment,
    volumes: deployment.field("extraVolumes"),
    containers: deployment.field("extraContainers"),
    initContainers: deployment.field("extraInitContainers"),
    serviceType: network.field("serviceType"),
    sourceRanges: network.at("loadBalancerConfig", "loadBalancerSourceRanges"),
    certSANs: network.field("certSANs"),
    konnectivity: spec.at("addons", "konnectivity"),
    externalCluster: deployment.field("externalClusterReference"),
    extraArgs: (component) => spec.at(component, "extraArgs"),
  };
}

function ofKamaji(target: Target): HostedControlPlane {
  const { spec } = target;
  const deployment = spec.at("controlPlane", "deployment");
  const network = spec.field("networkProfile");
  return {
    target,
    template: false,
    version: spec.at("kubernetes", "version"),
    replicas: deployment.field("replicas"),
    admission: spec.at("kubernetes", "admissionControllers"),
    dataStore: spec.field("dataStore"),
    schema: spec.field("dataStoreSchema"),
    username: spec.field("dataStoreUsername"),
    deployment,
    volumes: deployment.field("additionalVolumes"),
    containers: deployment.field("additionalContainers"),
    initContainers: deployment.field("additionalInitContainers"),
    serviceType: spec.at("controlPlane", "service", "serviceType"),
    sourceRanges: network.field("loadBalancerSourceRanges"),
    certSANs: network.field("certSANs"),
    konnectivity: spec.at("addons", "konnectivity"),
    externalCluster: undefined,
    extraArgs: (component) => deployment.at("extraArgs", component),
  };
}
