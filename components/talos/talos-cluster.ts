import * as pulumi from "@pulumi/pulumi";
import * as talos from "@pulumiverse/talos";
import type { KubernetesVersion } from "../core/version";
import { TenantGuard } from "../kubernetes/tenant-guard";
import { Departure } from "./life/departure";
import { LostMember } from "./life/lost-member";
import type { ReportedTalos } from "./life/prepared-machine";
import { adoptedKeys } from "./adopted-keys";
import { type ClusterKeys, configureMachines, reached } from "./machines";
import { ReadinessGate } from "./readiness-gate";
import type { LeavingMachine } from "./removed-machines";
import { type BaseSettings, type Machine, machinesOf } from "./settings";
import { contractOf } from "./version";

export interface TalosClusterArgs {
  /** Parsed settings of the base layer. At least one machine is a control plane. */
  readonly settings: BaseSettings;
  /** Version of the kubelets, where they follow the API servers in a later run. Default: that of the settings. */
  readonly kubeletVersion?: KubernetesVersion;
  /** Names of machines that run already: they are changed one after the other. Default: all are new. */
  readonly deployed?: readonly string[];
  /** Machines of the last deployment that the settings have no more; they leave one after the other. Default: none. */
  readonly leaving?: readonly LeavingMachine[];
}

/**
 * Machines booted into Talos become a Kubernetes cluster: keys, a configuration per machine, etcd bootstrapped on
 * exactly one control plane, a kubeconfig, and a gate that waits until the API serves.
 */
export class TalosCluster extends pulumi.ComponentResource {
  /** Administrator's kubeconfig; known when the API is ready. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Administrator's talosconfig. */
  readonly talosconfig: pulumi.Output<string>;
  /** What each machine, by name, said it runs; nothing of one that was new when it was looked at last. */
  readonly reported: Readonly<Record<string, pulumi.Output<ReportedTalos | undefined>>>;
  /** By machine: whether it has got its configuration; unknown where it is new and `--target` leaves it out. */
  readonly done: Readonly<Record<string, pulumi.Output<boolean>>>;
  /** By machine: whether nothing has to be done to it. Known in previews, where it is true. */
  readonly unchanged: Readonly<Record<string, pulumi.Output<boolean>>>;
  /** By machine that leaves: true when it has left; unknown where `--target` leaves it out. */
  readonly left: Readonly<Record<string, pulumi.Output<boolean>>>;

  constructor(name: string, args: TalosClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    // inputs stay out of the component's state: they repeat what the children hold
    super("firmament:talos:TalosCluster", name, {}, opts);
    const { settings } = args;
    const machines = machinesOf(settings);

    const made = settings.adopted === undefined ? machineSecrets(this, name, settings) : undefined;
    const keys = made ?? givenKeys(settings);
    const first = bootstrapMachine(machines);
    const leaving = args.leaving ?? [];
    const client = keys.clientConfiguration;
    const via = ({ via }: LeavingMachine) => machines.find((each) => each.name === via) ?? first;
    const forgotten = leaving
      .filter(({ lost, role }) => lost && role === "controlplane")
      .map((lost) => new LostMember(`${name}-${lost.name}-lost`, { lost, via: via(lost), client }, { parent: this }));
    const configured = configureMachines(this, name, settings, keys, { ...args, after: forgotten });
    const { applied, settled } = configured;
    const bootstrap = made === undefined ? [] : [bootstrapEtcd(this, name, first, made, applied)];
    const kubeconfig = fetchKubeconfig(this, name, first, keys, [...applied, ...bootstrap]);
    const gate = new ReadinessGate(
      `${name}-api`,
      { client: kubeconfig.kubernetesClientConfiguration, triggers: bootstrap.map(({ id }) => id) },
      { parent: this, dependsOn: [kubeconfig] },
    );
    // those that are new have joined before: no majority is at stake meanwhile
    const departures: Departure[] = [];
    const staying = machines.filter(({ role }) => role === "controlplane").map((machine) => machine.name);
    for (const machine of leaving) {
      const kubernetes = kubeconfig.kubernetesClientConfiguration;
      departures.push(
        new Departure(
          `${name}-${machine.name}-leaves`,
          { leaving: machine, via: via(machine), staying, client, kubernetes },
          { parent: this, dependsOn: [...settled, gate, ...departures.slice(-1)] },
        ),
      );
    }
    this.reported = configured.reported;
    this.done = configured.done;
    this.unchanged = configured.unchanged;
    this.left = Object.fromEntries(
      leaving.map(({ name: machine }, index) => [
        machine,
        pulumi.output(departures[index]?.stdout).apply((said) => said !== undefined),
      ]),
    );
    // the keys are protected in every tier, and a destroy that ends at them has lost the rest by then
    new TenantGuard(
      `${name}-retire-after-tenants`,
      {
        client: kubeconfig.kubernetesClientConfiguration,
        after: [...(made === undefined ? [] : [made]), ...applied, ...settled, ...bootstrap, kubeconfig, gate],
      },
      { parent: this, protect: true },
    );

    this.kubeconfig = pulumi.secret(pulumi.all([kubeconfig.kubeconfigRaw, gate.ready]).apply(([text]) => text));
    this.talosconfig = pulumi.secret(clientConfiguration(settings, keys, this));
    this.registerOutputs({ kubeconfig: this.kubeconfig, talosconfig: this.talosconfig });
  }
}

/**
 * Without the keys the cluster is lost: they are protected from deletion in every tier. Lowering the contract would
 * replace them, so that later changes of it are ignored.
 */
function machineSecrets(parent: TalosCluster, name: string, settings: BaseSettings): talos.machine.Secrets {
  return new talos.machine.Secrets(
    `${name}-secrets`,
    { talosVersion: contractOf(settings) },
    { parent, protect: true, ignoreChanges: ["talosVersion"] },
  );
}

/** Of a cluster that runs. */
function givenKeys(settings: BaseSettings): ClusterKeys {
  const keys = adoptedKeys(settings);
  if (keys === undefined) throw new RangeError("a cluster that is adopted needs its keys");
  const { caCertificate, ...credentials } = keys.clientConfiguration;
  return {
    machineSecrets: pulumi.secret(keys.machineSecrets),
    // a certificate of an authority is public, and digests of it are not worth hiding
    clientConfiguration: pulumi.secret(credentials).apply((secret) => ({ caCertificate, ...secret })),
  };
}

function bootstrapMachine(machines: readonly Machine[]): Machine {
  const first = machines.find(({ role }) => role === "controlplane");
  if (first === undefined) throw new RangeError("a cluster needs a machine with the role controlplane");
  return first;
}

function bootstrapEtcd(
  parent: TalosCluster,
  name: string,
  machine: Machine,
  secrets: talos.machine.Secrets,
  applied: readonly talos.machine.ConfigurationApply[],
): talos.machine.Bootstrap {
  return new talos.machine.Bootstrap(
    `${name}-bootstrap`,
    {
      ...reached(machine),
      clientConfiguration: secrets.clientConfiguration,
      timeouts: { create: BOOTSTRAP_TIMEOUT },
    },
    // a cluster is bootstrapped once: another machine in front of the list must not do it again
    { parent, dependsOn: [...applied], ignoreChanges: ["node", "endpoint"] },
  );
}

function fetchKubeconfig(
  parent: TalosCluster,
  name: string,
  machine: Machine,
  keys: ClusterKeys,
  after: readonly pulumi.Resource[],
): talos.cluster.Kubeconfig {
  return new talos.cluster.Kubeconfig(
    `${name}-kubeconfig`,
    {
      ...reached(machine),
      clientConfiguration: keys.clientConfiguration,
      timeouts: { create: BOOTSTRAP_TIMEOUT, update: BOOTSTRAP_TIMEOUT },
    },
    // the provider fetches it again only near its expiry: a cluster that was rebuilt needs a new resource
    { parent, dependsOn: [...after], replaceOnChanges: ["clientConfiguration", "node"] },
  );
}

function clientConfiguration(settings: BaseSettings, keys: ClusterKeys, parent: TalosCluster): pulumi.Output<string> {
  const machines = machinesOf(settings);
  const controlPlanes = machines.filter(({ role }) => role === "controlplane");
  return talos.client.getConfigurationOutput(
    {
      clusterName: settings.cluster,
      clientConfiguration: keys.clientConfiguration,
      endpoints: controlPlanes.map(({ address, endpoint }) => endpoint ?? address),
      nodes: machines.map(({ address }) => address),
    },
    { parent },
  ).talosConfig;
}

/** After the apply, which returns before the machine has installed itself. */
const BOOTSTRAP_TIMEOUT = "30m";
