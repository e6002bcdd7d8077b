import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./kinds/cluster-api";
import { KamajiControlPlane } from "./kinds/kamaji-control-plane";
import { KubevirtCluster } from "./kinds/kubevirt-infrastructure";
import type { TenantPlan } from "./tenant-plan";

export interface ControlPlaneParts {
  readonly plan: Pick<
    TenantPlan,
    "cluster" | "infrastructure" | "controlPlane" | "apiServerFiles" | "kubeconfigSecret"
  >;
  readonly protect: boolean;
  /** The namespace with its quota, limits and network policies. */
  readonly after: pulumi.Resource[];
}

/** How long a control plane may take to start or to go through an upgrade, and a cluster to give everything back. */
const TIMEOUT = "20m";

/** What a control plane is once it serves, or sleeps. */
export interface ServedControlPlane {
  readonly ready: KamajiControlPlane;
  /** Secret. */
  readonly kubeconfig: pulumi.Output<string>;
}

const customTimeouts = { create: TIMEOUT, update: TIMEOUT, delete: TIMEOUT };

/** The Cluster, its Kubernetes API in pods, and the administrator's way in. */
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
    this.infrastructure = new KubevirtCluster(`${name}-infrastructure`, plan.infrastructure, {
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
    const ready = new KamajiControlPlane(`${this.name}-control-plane`, plan.controlPlane, {
      ...within,
      dependsOn: [this.infrastructure, ...mounted, ...after],
      protect,
      customTimeouts,
    });
    return { ready, kubeconfig: kubeconfigOf(this.name, plan, ready, this) };
  }
}

/**
 * Reads the kubeconfig that the control plane's provider writes before it reports ready.
 *
 * A preview reads it as well. Where there is no ready control plane yet, be it that none was created or that the last
 * deployment gave up waiting for it, the Secret's identity is unknown to the preview, which then reads nothing. One that
 * sleeps has been ready.
 */
function kubeconfigOf(
  name: string,
  { controlPlane, kubeconfigSecret }: ControlPlaneParts["plan"],
  ready: KamajiControlPlane,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const preview = pulumi.runtime.isDryRun();
  const known = `${controlPlane.metadata.namespace}/${kubeconfigSecret}`;
  const id = ready.status.apply((status) =>
    preview && status?.ready !== true && status?.replicas !== 0 ? pulumi.unknown : known,
  );
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
