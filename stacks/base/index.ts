import * as command from "@pulumi/command";
import * as talos from "@pulumiverse/talos";
import { parseBaseSettings } from "../../components/talos/parse";
import { TalosCluster } from "../../components/talos/talos-cluster";
import { KubernetesVersion } from "../../components/core/version";
import { baseContract, lastOutput, publish } from "../contracts";
import type { Program } from "../program";

/** The management cluster: from machines booted into Talos to a kubeconfig. */
export const run: Program = async ({ stack, settings, qualified }) => {
  const deployed = await lastOutput(qualified(`base.${stack.cloud}`), "kubernetesVersion");
  const base = parseBaseSettings(
    settings,
    typeof deployed === "string" ? KubernetesVersion.parse(deployed) : undefined,
  );
  // default providers are disabled in stack files, so that none picks up what lies around on the machine
  const providers = { talos: new talos.Provider("machines"), command: new command.Provider("local") };
  const cluster = new TalosCluster(base.cluster, { settings: base }, { providers });
  return publish(baseContract, {
    cluster: base.cluster,
    endpoint: base.endpoint,
    kubernetesVersion: String(base.kubernetesVersion),
    nodeCidrs: base.network.nodeCidrs.map(String),
    podCidrs: base.network.podCidrs.map(String),
    serviceCidrs: base.network.serviceCidrs.map(String),
    dnsDomain: base.network.dnsDomain,
    extensions: base.talos.extensions,
    machines: Object.fromEntries(
      Object.entries(base.machines).map(([name, { role, address }]) => [name, { role, address }]),
    ),
    kubeconfig: cluster.kubeconfig,
    talosconfig: cluster.talosconfig,
  });
};
