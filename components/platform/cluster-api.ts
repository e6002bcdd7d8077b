import * as pulumi from "@pulumi/pulumi";
import { Provider } from "./components/cluster-api-operator/kinds";
import { DataStore } from "./components/kamaji/kinds";
import { waitForCondition } from "../kubernetes/wait";
import { type DataStorePlan, planDataStore, planProviders, type ProviderPlan } from "./cluster-api-plan";
import type { Installer } from "./installer";

export interface ClusterApiArgs {
  readonly installer: Installer;
}

/** What makes clusters of tenants: Cluster API with its providers, and Kamaji with the etcd of their control planes. */
export class ClusterApi extends pulumi.ComponentResource {
  /** Name of the DataStore. */
  readonly dataStore: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: ClusterApiArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("firmament:platform:ClusterApi", name, {}, opts);
    const { installer } = args;

    installer.chart("kamaji-crds", this);
    installer.chart("kamaji", this);
    installer.chart("kamaji-etcd", this);
    const store = planDataStore(installer.plan.facts, installer.plan.releases["kamaji-etcd"].namespace);
    const stores = installer.step("data-store", (dependsOn) => [this.store(store, dependsOn)]);
    // known only when it is there: whoever reads it depends on it
    this.dataStore = pulumi.all(stores.map(({ id }) => id)).apply(() => store.name);
    installer.chart("cluster-api-operator", this);
    for (const provider of planProviders(installer.plan.facts)) {
      installer.step(provider.step, (dependsOn) => [this.provider(provider, dependsOn)]);
    }
    this.registerOutputs({ dataStore: this.dataStore });
  }

  private store({ name, spec }: DataStorePlan, dependsOn: pulumi.Resource[]): DataStore {
    const { protect } = this.args.installer.plan;
    return new DataStore(name, { metadata: { name }, spec }, { parent: this, dependsOn, protect });
  }

  private provider({ kind, name, namespace, spec }: ProviderPlan, dependsOn: pulumi.Resource[]): pulumi.Resource {
    const { installer } = this.args;
    const home = installer.namespace(namespace, this);
    return new Provider(
      `${kind}-${name}`,
      { kind, metadata: { name, namespace, annotations: waitForCondition("Ready") }, spec },
      { parent: this, dependsOn: [home, ...dependsOn], protect: installer.plan.protect, customTimeouts: PATIENT },
    );
  }
}

const PATIENT = { create: "20m", update: "20m" };
