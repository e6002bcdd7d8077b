import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectResource } from "../kubernetes/object-resource";
import { controlPlaneOf } from "./control-planes";
import { Cluster, MachineHealthCheck } from "./kinds/cluster-api";
import { ControlPlaneObject } from "./kinds/control-plane";
import type { TenantPlan } from "./tenant-plan";

export interface ControlPlaneParts {
  readonly plan: Pick<
    TenantPlan,
    | "tenant"
    | "cluster"
    | "infrastructure"
    | "controlPlane"
    | "apiServerFiles"
    | "controlPlaneMachines"
    | "controlPlaneHealth"
    | "kubeconfigSecret"
  >;
  readonly protect: boolean;
  /** The namespace with its quota, limits and network policies. */
  readonly after: pulumi.Resource[];
}

/** How long a control plane may take to start or to go through an upgrade, and a cluster to give everything back. */
const TIMEOUT = "20m";

/** What a control plane is once it serves, or sleeps. */
export interface ServedControlPlane {
  readonly ready: ControlPlaneObject;
  /** Secret. */
  readonly kubeconfig: pulumi.Output<string>;
}

const customTimeouts = { create: TIMEOUT, update: TIMEOUT, delete: TIMEOUT };

/** The Cluster, its Kubernetes API, and the administrator's way in. */
export class ControlPlane extends pulumi.ComponentResource {
  readonly cluster: pulumi.Resource;
  private readonly infrastructure: pulumi.Resource;

  constructor(
    private readonly name: string,
    private readonly parts: ControlPlaneParts,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("firmament:tenant:ControlPlane", name, {}, opts);
    const { plan, protect, after } = parts;

    // Everything that Cluster API owns is deleted by deleting the Cluster, and by that alone: machines, control plane,
    // infrastructure, templates, in the order that frees what they hold. Its finalizer makes the delete wait for them.
    this.cluster = new Cluster(`${name}-cluster`, plan.cluster, {
      parent: this,
      dependsOn: after,
      protect,
      customTimeouts,
    });
    this.infrastructure = objectResource(`${name}-infrastructure`, plan.infrastructure, {
      parent: this,
      deletedWith: this.cluster,
      dependsOn: [this.cluster],
    });
    this.registerOutputs();
  }

  /**
   * The Kubernetes API, ready when it serves.
   *
   * @param after what has to be done before: machines of a cluster that falls asleep go while its API is there.
   */
  serve(after: readonly pulumi.Resource[] = []): ServedControlPlane {
    const { plan, protect } = this.parts;
    const within = { parent: this, deletedWith: this.cluster };
    const files = plan.apiServerFiles;
    const mounted =
      files === undefined
        ? []
        : [new k8s.core.v1.ConfigMap(`${this.name}-api-server`, files, { ...within, dependsOn: this.parts.after })];
    const machines =
      plan.controlPlaneMachines === undefined
        ? []
        : [
            objectResource(`${this.name}-control-plane-machine`, plan.controlPlaneMachines, {
              ...within,
              dependsOn: [this.cluster],
            }),
          ];
    const ready = new ControlPlaneObject(`${this.name}-control-plane`, plan.controlPlane, {
      ...within,
      dependsOn: [this.infrastructure, ...mounted, ...machines, ...after],
      protect,
      customTimeouts,
    });
    if (plan.controlPlaneHealth !== undefined) {
      new MachineHealthCheck(`${this.name}-control-plane-health`, plan.controlPlaneHealth, {
        ...within,
        dependsOn: [ready],
      });
    }
    return { ready, kubeconfig: kubeconfigOf(this.name, plan, ready, this) };
  }
}

/**
 * Reads the kubeconfig that the control plane's provider writes before it reports ready.
 *
 * A preview reads it as well. Where there is no ready control plane yet, be it that none was created or that the last
 * deployment gave up waiting for it, the Secret's identity is unknown to the preview, which then reads nothing.
 */
function kubeconfigOf(
  name: string,
  { tenant, controlPlane, kubeconfigSecret }: ControlPlaneParts["plan"],
  ready: ControlPlaneObject,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const preview = pulumi.runtime.isDryRun();
  const known = `${controlPlane.metadata.namespace}/${kubeconfigSecret}`;
  const { served } = controlPlaneOf(tenant);
  const id = ready.status.apply((status) => (preview && !served(status) ? pulumi.unknown : known));
  const secret = k8s.core.v1.Secret.get(`${name}-kubeconfig`, id as pulumi.Output<string>, {
    parent,
    dependsOn: [ready],
  });
  return pulumi.secret(secret.data.apply((data) => decode(data["value"], known)));
}

function decode(value: string | undefined, secret: string): string {
  if (value === undefined) {
    throw new Error(`Secret ${secret}: no key "value" — the control plane's provider writes it; check its logs`);
  }
  return Buffer.from(value, "base64").toString("utf8");
}
