import type { BootstrapKind } from "../bootstrap";
import type { TalosConfigTemplateSpec } from "./kinds";
import { talosProblems } from "./rules";
import { talosTemplate } from "./template";

/**
 * Machines that run Talos, joined by its bootstrap provider (0.6.12), which hands each its whole configuration. Kubelets
 * are of the cluster's version: the image holds Talos alone.
 */
export const talos: BootstrapKind<TalosConfigTemplateSpec> = {
  name: "talos",
  template: {
    kind: "TalosConfigTemplate",
    apiVersion: "bootstrap.cluster.x-k8s.io/v1alpha3",
    spec: talosTemplate,
  },
  version: (_pool, cluster) => cluster,
  check: talosProblems,
  notices: () => [],
};
