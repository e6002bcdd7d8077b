import type { Rule } from "../../engine/rule";
import { anonymousAuth, apiAccess, apiServerArgs, profiling, rbac } from "./api";
import { clusterNetworks, firewallPods } from "./cluster-networks";
import { auditPolicy, etcdSubnets, podSecurity, scheduling, secretbox } from "./control-plane";
import { diskEncryption, diskKey } from "./disks";
import { endpoint } from "./endpoint";
import { debug, kernelArgs, sysctls } from "./kernel";
import { kubelet } from "./kubelet";
import { lvmFilter } from "./lvm";
import { certSans, discovery, ingressFirewall, kubePrism, loggingTls } from "./network";
import { loadBalancerLabel, nodeLabels } from "./nodes";
import { applyMode, noInlineSecret, secretsProtected } from "./secrets";
import { extraManifests, installImage, registryTls } from "./supply";
import { kubernetesVersion } from "./versions";

export const talosRules: readonly Rule[] = [
  rbac,
  apiAccess,
  diskEncryption,
  diskKey,
  secretbox,
  anonymousAuth,
  apiServerArgs,
  kubePrism,
  certSans,
  podSecurity,
  auditPolicy,
  discovery,
  debug,
  kubelet,
  registryTls,
  installImage,
  ingressFirewall,
  extraManifests,
  kernelArgs,
  sysctls,
  noInlineSecret,
  scheduling,
  etcdSubnets,
  profiling,
  loggingTls,
  applyMode,
  secretsProtected,
  endpoint,
  nodeLabels,
  loadBalancerLabel,
  lvmFilter,
  clusterNetworks,
  firewallPods,
  kubernetesVersion,
];
