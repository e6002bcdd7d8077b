import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fieldsOf } from "../core/fields";
import { chartSource } from "../kubernetes/chart-source";
import { releaseArgs } from "../kubernetes/helm-release";
import type { Endpoint } from "../kubernetes/kubeconfig";
import type { KubernetesObject } from "../kubernetes/manifest";
import { objectResource } from "../kubernetes/object-resource";
import { type AddonObject, type AddonRelease, MACHINES_NEED } from "./addon";
import { controlPlaneOf } from "./control-planes";
import { type GrantedAccess, grantAccess } from "./grant-access";
import { namespaceOf } from "./names";
import { KUBECONFIG_HASH } from "./tenant-access";
import type { AddonPlan, TenantPlan } from "./tenant-plan";

export interface AddonsParts {
  readonly plan: Pick<TenantPlan, "tenant" | "addons">;
  /** Administrator's kubeconfig of the tenant; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly api: pulumi.Output<Endpoint>;
  /** The Cluster in whose state the objects of the tenant's API live: they are gone with it. */
  readonly cluster: pulumi.Resource;
  /** Namespace of the tenant: controllers stay in it until all else is gone, for they free what the tenant holds. */
  readonly namespace: pulumi.Resource;
  /** What must be there before anything of an add-on runs in the tenant's namespace. */
  readonly after: pulumi.Resource[];
}

/** Add-ons of a tenant, on both sides. */
export class Addons extends pulumi.ComponentResource {
  /** What machines need, applied. Not yet running: its pods wait for nodes, which in turn wait for them. */
  readonly neededByMachines: pulumi.Resource[];

  constructor(name: string, { plan, ...parts }: AddonsParts, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:tenant:Addons", name, {}, opts);
    const { tenant, addons } = plan;
    const protect = tenant.tier === "production";
    const provider = new k8s.Provider(
      `${name}-api`,
      {
        kubeconfig: pulumi.secret(parts.kubeconfig),
        // without it a rotated certificate or a new address would replace the provider and everything behind it
        clusterIdentifier: `${namespaceOf(tenant.name)}/${tenant.name}`,
      },
      { parent: this },
    );
    // what an add-on needs, other add-ons provide; those stand before it in the list
    const applied = addons.reduce<readonly (readonly [AddonPlan, pulumi.Resource[]])[]>((done, addon) => {
      const needed = resourcesOf(done, addon.needs);
      const management = (object: KubernetesObject) => ({
        parent: this,
        dependsOn: [...parts.after, ...needed],
        // what is not in the namespace does not go with it
        ...(object.metadata.namespace === undefined ? {} : { deletedWith: parts.namespace }),
      });
      const cluster = {
        parent: this,
        provider,
        deletedWith: parts.cluster,
        ...(needed.length === 0 ? {} : { dependsOn: needed }),
      };
      const access = (addon.management?.access ?? []).map((each) =>
        grantAccess(each, {
          name,
          tenant: tenant.name,
          api: controlPlaneOf(tenant).api(tenant),
          kubeconfig: parts.kubeconfig,
          inside: cluster,
          outside: { parent: this, dependsOn: [...parts.after, ...needed], deletedWith: parts.namespace },
        }),
      );
      const [first, workloads] = apart(addon.management?.objects ?? []);
      const basis = first.map((each) => objectOf(name, each, management(each.object)));
      const releases = (addon.cluster?.releases ?? []).map((each) => releaseOf(name, each, parts.api, cluster));
      const before = [...basis, ...access.flatMap(({ resources }) => resources)];
      const resources = [
        ...basis,
        // a pod that starts before its rights and its kubeconfig are there would only fail and be started again
        ...workloads.map((each) => {
          const options = management(each.object);
          return objectOf(name, restarting(each, access), { ...options, dependsOn: [...options.dependsOn, ...before] });
        }),
        ...releases,
        ...(addon.cluster?.objects ?? []).map((each) =>
          objectOf(name, each, {
            ...cluster,
            ...(each.protect === true ? { protect } : {}),
            ...(each.ofRelease === true ? { dependsOn: [...needed, ...releases] } : {}),
          }),
        ),
      ];
      return [...done, [addon, resources]];
    }, []);
    this.neededByMachines = resourcesOf(applied, MACHINES_NEED);
    this.registerOutputs();
  }
}

/** What workloads need, and workloads. */
function apart(objects: readonly AddonObject[]): readonly [readonly AddonObject[], readonly AddonObject[]] {
  const isWorkload = ({ object }: AddonObject) => object.kind === "Deployment";
  return [objects.filter((each) => !isWorkload(each)), objects.filter(isWorkload)];
}

/** A workload whose pods are replaced when their kubeconfig is another one. */
function restarting({ suffix, object }: AddonObject, access: readonly GrantedAccess[]): AddonObject {
  if (access.length === 0) return { suffix, object };
  const spec = fieldsOf(object["spec"]);
  const template = fieldsOf(spec["template"]);
  const metadata = fieldsOf(template["metadata"]);
  const annotations = { ...fieldsOf(metadata["annotations"]), [KUBECONFIG_HASH]: hashOf(access) };
  return {
    suffix,
    object: { ...object, spec: { ...spec, template: { ...template, metadata: { ...metadata, annotations } } } },
  };
}

/** Changes when one of several kubeconfigs does. */
function hashOf(access: readonly GrantedAccess[]): pulumi.Output<string> {
  return pulumi.all(access.map(({ hash }) => hash)).apply((all) => all.join("-"));
}

function resourcesOf(
  applied: readonly (readonly [AddonPlan, pulumi.Resource[]])[],
  capabilities: AddonPlan["provides"],
): pulumi.Resource[] {
  return applied
    .filter(([{ provides }]) => provides.some((each) => capabilities.includes(each)))
    .flatMap(([, resources]) => resources);
}

function objectOf(name: string, { suffix, object }: AddonObject, opts: pulumi.CustomResourceOptions) {
  return objectResource(`${name}-${suffix}`, object, opts);
}

function releaseOf(
  name: string,
  release: AddonRelease,
  api: pulumi.Output<Endpoint>,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  const { suffix, chart, ...basics } = release;
  // field by field: what does not depend on the address of the API is known before there is one
  const values = release.values({ host: api.host, port: api.port });
  const args = releaseArgs({ ...basics, source: chartSource(chart), values });
  return new k8s.helm.v3.Release(`${name}-${suffix}`, args, opts);
}
