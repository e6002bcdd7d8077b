import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../../kubernetes/manifest";

/** The object of a control plane, of any kind. */
export class ControlPlaneObject extends k8s.apiextensions.CustomResource {
  /** As it was at the end of the deployment. Undefined, or unknown in a preview, while there is none. */
  declare readonly status: pulumi.Output<unknown>;

  constructor(name: string, object: KubernetesObject, opts?: pulumi.CustomResourceOptions) {
    // naming the status, without a value, is what makes the SDK keep it among the outputs
    super(name, { ...object, status: undefined }, opts);
  }
}
