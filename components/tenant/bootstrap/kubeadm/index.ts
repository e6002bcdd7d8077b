import type { BootstrapKind } from "../bootstrap";
import type { KubeadmConfigTemplateSpec } from "./kinds";
import { imageNotices, kubeadmProblems } from "./rules";
import { kubeadmTemplate } from "./template";
import { machineVersion } from "../../node-image";

/** Machines with a general system, which cloud-init prepares and kubeadm joins: kubelet and kubeadm are in their image. */
export const kubeadm: BootstrapKind<KubeadmConfigTemplateSpec> = {
  name: "kubeadm",
  template: {
    kind: "KubeadmConfigTemplate",
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta2",
    spec: kubeadmTemplate,
  },
  version: machineVersion,
  check: kubeadmProblems,
  notices: imageNotices,
};
