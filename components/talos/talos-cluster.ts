import * as pulumi from "@pulumi/pulumi";
import * as talos from "@pulumiverse/talos";
import { TenantGuard } from "../kubernetes/tenant-guard";
import { machinePatches } from "./machine-config";
import { MachineProbe } from "./machine-probe";
import { ReadinessGate } from "./readiness-gate";
import { type BaseSettings, type Machine, machinesOf } from "./settings";
import { contractOf } from "./version";

export interface TalosClusterArgs {
  /** Parsed settings of the base layer. At least one machine is a control plane. */
  readonly settings: BaseSettings;
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

  constructor(name: string, args: TalosClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    // inputs stay out of the component's state: they repeat what the children hold
    super("firmament:talos:TalosCluster", name, {}, opts);
    const { settings } = args;
    const machines = machinesOf(settings);

    const secrets = machineSecrets(this, name, settings);
    const applied = applyConfigurations(this, name, settings, secrets);
    const first = bootstrapMachine(machines);
    const bootstrap = bootstrapEtcd(this, name, first, secrets, applied);
    const kubeconfig = fetchKubeconfig(this, name, first, secrets, bootstrap);
    const gate = new ReadinessGate(
      `${name}-api`,
      { client: kubeconfig.kubernetesClientConfiguration, triggers: [bootstrap.id] },
      { parent: this, dependsOn: [kubeconfig] },
    );
    // the keys are protected in every tier, and a destroy that ends at them has lost the rest by then
    new TenantGuard(
      `${name}-retire-after-tenants`,
      {
        client: kubeconfig.kubernetesClientConfiguration,
        after: [secrets, ...applied.values(), bootstrap, kubeconfig, gate],
      },
      { parent: this, protect: true },
    );

    this.kubeconfig = pulumi.secret(pulumi.all([kubeconfig.kubeconfigRaw, gate.ready]).apply(([text]) => text));
    this.talosconfig = pulumi.secret(clientConfiguration(settings, secrets, this));
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

/**
 * One resource per machine, named after it. Control planes depend on each other in a chain, so that a change which
 * reboots them goes through one at a time.
 */
function applyConfigurations(
  parent: TalosCluster,
  name: string,
  settings: BaseSettings,
  secrets: talos.machine.Secrets,
): Map<string, talos.machine.ConfigurationApply> {
  const applied = new Map<string, talos.machine.ConfigurationApply>();
  let previous: talos.machine.ConfigurationApply | undefined;
  for (const machine of machinesOf(settings)) {
    const generated = talos.machine.getConfigurationOutput(
      {
        clusterName: settings.cluster,
        clusterEndpoint: settings.endpoint,
        machineSecrets: secrets.machineSecrets,
        machineType: machine.role,
        kubernetesVersion: String(settings.kubernetesVersion),
        talosVersion: contractOf(settings),
        configPatches: machinePatches(settings, machine),
      },
      { parent },
    );
    const isControlPlane = machine.role === "controlplane";
    const answers = new MachineProbe(
      `${name}-${machine.name}-answers`,
      { machine, authority: secrets.clientConfiguration.caCertificate },
      { parent },
    );
    const apply = new talos.machine.ConfigurationApply(
      `${name}-${machine.name}`,
      {
        ...reached(machine),
        clientConfiguration: secrets.clientConfiguration,
        machineConfigurationInput: generated.machineConfiguration,
        applyMode: "auto",
        timeouts: { create: INSTALL_TIMEOUT, update: INSTALL_TIMEOUT, delete: INSTALL_TIMEOUT },
      },
      { parent, dependsOn: [answers, ...(isControlPlane && previous !== undefined ? [previous] : [])] },
    );
    if (isControlPlane) previous = apply;
    applied.set(machine.name, apply);
  }
  return applied;
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
  applied: ReadonlyMap<string, talos.machine.ConfigurationApply>,
): talos.machine.Bootstrap {
  return new talos.machine.Bootstrap(
    `${name}-bootstrap`,
    {
      ...reached(machine),
      clientConfiguration: secrets.clientConfiguration,
      timeouts: { create: BOOTSTRAP_TIMEOUT },
    },
    // a cluster is bootstrapped once: another machine in front of the list must not do it again
    { parent, dependsOn: [...applied.values()], ignoreChanges: ["node", "endpoint"] },
  );
}

function fetchKubeconfig(
  parent: TalosCluster,
  name: string,
  machine: Machine,
  secrets: talos.machine.Secrets,
  bootstrap: talos.machine.Bootstrap,
): talos.cluster.Kubeconfig {
  return new talos.cluster.Kubeconfig(
    `${name}-kubeconfig`,
    {
      ...reached(machine),
      clientConfiguration: secrets.clientConfiguration,
      timeouts: { create: BOOTSTRAP_TIMEOUT, update: BOOTSTRAP_TIMEOUT },
    },
    // the provider fetches it again only near its expiry: a cluster that was rebuilt needs a new resource
    { parent, dependsOn: [bootstrap], replaceOnChanges: ["clientConfiguration", "node"] },
  );
}

function clientConfiguration(
  settings: BaseSettings,
  secrets: talos.machine.Secrets,
  parent: TalosCluster,
): pulumi.Output<string> {
  const machines = machinesOf(settings);
  const controlPlanes = machines.filter(({ role }) => role === "controlplane");
  return talos.client.getConfigurationOutput(
    {
      clusterName: settings.cluster,
      clientConfiguration: secrets.clientConfiguration,
      endpoints: controlPlanes.map(({ address, endpoint }) => endpoint ?? address),
      nodes: machines.map(({ address }) => address),
    },
    { parent },
  ).talosConfig;
}

function reached({ address, endpoint }: Machine): { node: string; endpoint: string } {
  return { node: address, endpoint: endpoint ?? address };
}

/** Pulling the installer, writing the disk and rebooting. */
const INSTALL_TIMEOUT = "20m";
/** After the apply, which returns before the machine has installed itself. */
const BOOTSTRAP_TIMEOUT = "30m";
