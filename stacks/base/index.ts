import * as command from "@pulumi/command";
import * as talos from "@pulumiverse/talos";
import { TalosCluster } from "../../components/talos/talos-cluster";
import { KubernetesVersion } from "../../components/core/version";
import { baseContract, lastOutput, publish } from "../contracts";
import type { Program } from "../program";
import { type BaseConfig, parseBaseConfig } from "./config";

/** The management cluster: from machines booted into Talos to a kubeconfig. */
export const run: Program = async ({ stack, settings, qualified }) => {
  const deployed = await lastOutput(qualified(`base.${stack.cloud}`), "kubernetesVersion");
  const config = parseBaseConfig(
    settings,
    typeof deployed === "string" ? KubernetesVersion.parse(deployed) : undefined,
  );
  // default providers are disabled in stack files, so that none picks up what lies around on the machine
  const providers = { talos: new talos.Provider("machines"), command: new command.Provider("local") };
  const cluster = new TalosCluster(config.cluster, clusterArgs(config), { providers });
  return publish(baseContract, {
    cluster: config.cluster,
    endpoint: config.endpoint,
    kubernetesVersion: String(config.kubernetesVersion),
    nodeCidrs: config.network.nodeCidrs.map(String),
    podCidrs: config.network.podCidrs.map(String),
    serviceCidrs: config.network.serviceCidrs.map(String),
    dnsDomain: config.network.dnsDomain,
    machines: Object.fromEntries(
      Object.entries(config.machines).map(([name, { role, address }]) => [name, { role, address }]),
    ),
    kubeconfig: cluster.kubeconfig,
    talosconfig: cluster.talosconfig,
  });
};

function clusterArgs(config: BaseConfig) {
  const machines = Object.entries(config.machines)
    .map(([name, { endpoint, ...machine }]) => ({ name, ...machine, ...(endpoint === undefined ? {} : { endpoint }) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    cluster: config.cluster,
    talosVersion: config.talos.version,
    kubernetesVersion: String(config.kubernetesVersion),
    settings: {
      endpoint: config.endpoint,
      installer: config.talos.installer,
      diskEncryption: config.talos.diskEncryption,
      scheduleOnControlPlanes: machines.every(({ role }) => role === "controlplane"),
      ...config.network,
    },
    machines,
  };
}
