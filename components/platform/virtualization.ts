import * as pulumi from "@pulumi/pulumi";
import { CDI } from "./components/cdi-operator/kinds";
import { KubeVirt } from "./components/kubevirt-operator/kinds";
import { waitForField } from "../kubernetes/wait";
import type { Installer } from "./installer";
import { planVirtualization } from "./virtualization-plan";

export interface VirtualizationArgs {
  readonly installer: Installer;
}

/** Virtual machines (KubeVirt) and the import of their disks (CDI). */
export class Virtualization extends pulumi.ComponentResource {
  constructor(name: string, { installer }: VirtualizationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:platform:Virtualization", name, {}, opts);
    const { kubevirt, cdi } = planVirtualization(installer.plan.facts);
    const { protect } = installer.plan;
    // both operators register the kinds that others use on their way to this phase
    const annotations = waitForField(".status.phase", "Deployed");

    installer.chart("kubevirt-operator", this);
    installer.step("virtualization", (dependsOn) => [
      new KubeVirt(
        "kubevirt",
        { metadata: { name: "kubevirt", namespace: "kubevirt", annotations }, spec: kubevirt },
        { parent: this, dependsOn, protect, customTimeouts: { create: "20m", update: "20m" } },
      ),
    ]);
    installer.chart("cdi-operator", this);
    installer.step("data-volumes", (dependsOn) => [
      new CDI(
        "cdi",
        { metadata: { name: "cdi", annotations }, spec: cdi },
        { parent: this, dependsOn, protect, customTimeouts: { create: "20m", update: "20m" } },
      ),
    ]);
    this.registerOutputs();
  }
}
