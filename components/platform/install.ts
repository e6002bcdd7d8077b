import * as pulumi from "@pulumi/pulumi";
import { fieldsOf } from "../core/fields";
import type { KubernetesObject } from "../kubernetes/manifest";
import { helmRelease } from "../kubernetes/helm-release";
import { objectResource } from "../kubernetes/object-resource";
import type { ApiClient } from "../kubernetes/kubeconfig";
import { TenantGuard } from "../kubernetes/tenant-guard";
import { type Capability, OBJECTS } from "./capabilities";
import { type Group, SecretSetting } from "./component";
import type { PlannedObjects, PlannedRelease, PlatformPlan } from "./plan";

/** Type tokens of the components that everything else is a child of; their names are those of the groups. */
const GROUPS: Readonly<Record<Group, string>> = {
  networking: "firmament:platform:Networking",
  storage: "firmament:platform:Storage",
  virtualization: "firmament:platform:Virtualization",
  "cluster-api": "firmament:platform:ClusterApi",
  operations: "firmament:platform:Operations",
  "data-services": "firmament:platform:DataServices",
};

export interface InstallOptions {
  /** Provider of the management cluster. */
  readonly provider: pulumi.ProviderResource;
  /** Provider of commands on this machine. */
  readonly commands: pulumi.ProviderResource;
  /** Administrator of the management cluster. */
  readonly client: pulumi.Input<ApiClient>;
  /** Value of a secret setting. */
  readonly secret: (key: string) => pulumi.Output<string>;
}

export interface InstalledPlatform {
  /** Name of the DataStore, known when it is there: a resource that reads it depends on it. */
  readonly dataStore: pulumi.Output<string>;
}

/** Turns the plan into resources; every one depends on all that it needs. */
export function installPlatform(plan: PlatformPlan, options: InstallOptions): InstalledPlatform {
  const installer = new Installer(plan, options);
  for (const stage of plan.stages) {
    if ("release" in stage) installer.release(stage);
    else installer.objects(stage);
  }
  return installer.finish();
}

class GroupComponent extends pulumi.ComponentResource {
  finish(outputs?: pulumi.Inputs): void {
    this.registerOutputs(outputs);
  }
}

class Installer {
  private readonly groups = new Map<Group, GroupComponent>();
  private readonly namespaces = new Map<
    string,
    { readonly own: pulumi.Resource; readonly protection: pulumi.Resource[] }
  >();
  private readonly finished = new Map<string, readonly pulumi.CustomResource[]>();

  /** Namespaces of what stays in the cluster, which would go with them: whether they are protected too. */
  private readonly kept: ReadonlyMap<string, { readonly protect: boolean }>;

  constructor(
    private readonly plan: PlatformPlan,
    private readonly options: InstallOptions,
  ) {
    this.kept = plan.protect ? keptNamespaces(plan) : new Map();
  }

  release({ name, group, after, release }: PlannedRelease): void {
    const parent = this.group(group);
    const { own, protection } = this.namespace(release.namespace, parent);
    const notAwaited = release.awaited ? undefined : "its pods become ready when the charts after it are in";
    const made = helmRelease({ ...release, notAwaited }, release.timeout, {
      parent,
      // on the release itself: what a component depends on, its children do not wait for
      dependsOn: [own, ...protection, ...this.resourcesOf(after)],
      retainOnDelete: this.plan.protect && release.takesCrdsAlong,
    });
    this.finished.set(name, [made]);
  }

  objects({ name, group, after, objects, finishedBy }: PlannedObjects): void {
    const parent = this.group(group);
    const needs = this.resourcesOf(after);
    const made = new Map<string, pulumi.CustomResource>();
    for (const {
      resource,
      object,
      after: within,
      namespace,
      protect = false,
      retainOnDelete = false,
      patience,
    } of objects) {
      const home = namespace === undefined ? [] : [this.namespace(namespace, parent).own];
      const limit = `${patience}m`;
      made.set(
        resource,
        objectResource(resource, withSecrets(object, this.options.secret), {
          parent,
          dependsOn: [...home, ...(within?.flatMap((each) => this.before(each, made)) ?? needs)],
          protect: protect && this.plan.protect,
          retainOnDelete: retainOnDelete && this.plan.protect,
          ...(patience === undefined ? {} : { customTimeouts: { create: limit, update: limit } }),
        }),
      );
    }
    this.finished.set(
      name,
      finishedBy.flatMap((resource) => this.before(resource, made)),
    );
  }

  finish(): InstalledPlatform {
    const { group, name } = this.provider("data-store");
    const ids = (this.finished.get(name) ?? []).map(({ id }) => id);
    const dataStore = pulumi.all(ids).apply(() => OBJECTS.dataStore);
    for (const [key, component] of this.groups) component.finish(key === group ? { dataStore } : undefined);
    const { client, commands } = this.options;
    new TenantGuard(
      // one name in every tier: under another the protected one would have to be deleted
      "retire-after-tenants-with-tier-development",
      { client, after: [...this.groups.values()] },
      { provider: commands, protect: this.plan.protect },
    );
    return { dataStore };
  }

  private provider(capability: Capability) {
    const stage = this.plan.stages.find(({ provides }) => provides.includes(capability));
    if (stage === undefined) throw new Error(`${capability}: provided by no stage of the plan`);
    return stage;
  }

  private group(name: Group): GroupComponent {
    const present = this.groups.get(name);
    if (present !== undefined) return present;
    const made = new GroupComponent(GROUPS[name], name, {}, { provider: this.options.provider });
    this.groups.set(name, made);
    return made;
  }

  /** A namespace with what protects its pods; the first who needs it becomes its parent. */
  private namespace(name: string, parent: pulumi.Resource) {
    const present = this.namespaces.get(name);
    if (present !== undefined) return present;
    const plan = this.plan.namespaces[name];
    if (plan === undefined) throw new Error(`${name}: no component has this namespace; add it to its namespaces`);
    const kept = this.kept.get(name);
    const keeping = kept === undefined ? {} : { retainOnDelete: true, protect: kept.protect };
    const own = objectResource(`${name}-namespace`, plan.object, { parent, ...keeping });
    // they leave nothing behind outside the namespace, so they go with it and stay in force until it is gone
    const within = { parent, dependsOn: [own], deletedWith: own };
    const protection = plan.protection.map(({ resource, object }) => objectResource(resource, object, within));
    const made = { own, protection };
    this.namespaces.set(name, made);
    return made;
  }

  /** What finishes stages. */
  private resourcesOf(stages: readonly string[]): pulumi.CustomResource[] {
    return stages.flatMap((stage) => {
      const resources = this.finished.get(stage);
      if (resources === undefined) throw new Error(`${stage}: comes later in the plan than what needs it`);
      return [...resources];
    });
  }

  /** A resource of the same stage, or a stage before. */
  private before(name: string, made: ReadonlyMap<string, pulumi.CustomResource>): pulumi.CustomResource[] {
    const own = made.get(name);
    return own === undefined ? this.resourcesOf([name]) : [own];
  }
}

/**
 * A namespace takes along what is in it: one with a Secret that is kept is kept and protected like it; one of a release
 * that is left in the cluster stays, with the webhooks that convert and check the objects of its kinds.
 */
function keptNamespaces({ stages }: PlatformPlan): ReadonlyMap<string, { readonly protect: boolean }> {
  const kept = new Map<string, { protect: boolean }>();
  const keep = (name: string | undefined, protect: boolean) => {
    if (name !== undefined) kept.set(name, { protect: protect || (kept.get(name)?.protect ?? false) });
  };
  for (const stage of stages) {
    if ("release" in stage) {
      if (stage.release.takesCrdsAlong) keep(stage.release.namespace, false);
    } else {
      for (const { object, retainOnDelete = false, protect = false } of stage.objects) {
        if (retainOnDelete) keep(object.metadata.namespace, protect);
      }
    }
  }
  return kept;
}

/** The object with secret settings in their places. */
function withSecrets(object: KubernetesObject, secret: InstallOptions["secret"]): KubernetesObject {
  const filled = (value: unknown): unknown => {
    if (value instanceof SecretSetting) return pulumi.secret(valueOf(value, secret));
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
  };
  return filled(object) as KubernetesObject;
}

/** A map is handed over as JSON. */
function valueOf({ key, entry }: SecretSetting, secret: InstallOptions["secret"]): pulumi.Output<string> {
  if (entry === undefined) return secret(key);
  return secret(key).apply((text) => {
    const value: unknown = fieldsOf(JSON.parse(text))[entry];
    // settings.ts has refused a map without it
    if (typeof value !== "string") throw new TypeError(`${key}.${entry}: must be a text`);
    return value;
  });
}
