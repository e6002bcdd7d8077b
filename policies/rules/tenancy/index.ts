import type { PodRule, Rule } from "../../engine/rule";
import { podSecurity } from "./admission";
import { autoscalerOutside } from "./autoscaler";
import { cidrDisjoint } from "./cidrs";
import { ccmRbac } from "./cloud-controller";
import { extraArgs, konnectivity, loadBalancerSources, replicas, version } from "./control-plane";
import { externalReference, extraContainers, extraVolumes, serviceAccountToken } from "./control-plane-pods";
import { csiControllerOutside } from "./csi-controller";
import { credentialsInside, kubeconfigSecret } from "./credentials";
import { dataStoreIsolated, dataStoreSecretRef, dataStoreTls } from "./data-stores";
import { healthCheckPresent } from "./health-checks";
import { defaultDeny, managementApiBlocked } from "./isolation";
import { machineState } from "./machine-state";
import { autoscalerBounds, deploymentStrategy, versionSkew } from "./machines";
import { clusterScoped, namespaceUnique } from "./namespaces";
import { imageVersion, nodeLabels, rolloutAwaited } from "./node-pools";
import { autoscalerCapacity, quotaRolling } from "./pool-sizes";
import { providersPinned } from "./providers";
import { namespaceScope } from "./references";
import { storageClass } from "./storage-classes";
import { subnetPrivate, vpcIsolated } from "./vpc";

/**
 * Tenants, their control planes (Kamaji) and their machines (Cluster API).
 *
 * @param standards the Pod Security Standards, which the sidecars of a control plane have to meet too.
 */
export const tenancyRules = (standards: readonly PodRule[]): readonly Rule[] => [
  namespaceUnique,
  namespaceScope,
  clusterScoped,
  defaultDeny,
  managementApiBlocked,
  vpcIsolated,
  subnetPrivate,
  cidrDisjoint,
  ccmRbac,
  csiControllerOutside,
  credentialsInside,
  autoscalerOutside,
  kubeconfigSecret,
  storageClass,
  podSecurity,
  dataStoreTls,
  dataStoreSecretRef,
  dataStoreIsolated,
  extraVolumes,
  extraContainers(standards),
  extraArgs,
  replicas,
  serviceAccountToken,
  loadBalancerSources,
  konnectivity,
  externalReference,
  version,
  healthCheckPresent,
  machineState,
  versionSkew,
  autoscalerBounds,
  deploymentStrategy,
  providersPinned,
  nodeLabels,
  rolloutAwaited,
  imageVersion,
  autoscalerCapacity,
  quotaRolling,
];
