import * as pulumi from "@pulumi/pulumi";
import * as command from "@pulumi/command";
import * as talos from "@pulumiverse/talos";
import { describe } from "../../components/core/problem";
import { DEPLOYED_OUTPUTS, readDeployed } from "../../components/talos/deployed";
import { commonExtensions, imageOf, publishedImages } from "../../components/talos/image/classes";
import { kubeletNotices, kubeletVersionOf } from "../../components/talos/kubernetes-upgrade";
import { parseBaseSettings } from "../../components/talos/parse";
import { machinesOf, reachableFrom } from "../../components/talos/settings";
import { TalosCluster } from "../../components/talos/talos-cluster";
import { baseContract, lastOutputs, publish } from "../contracts";
import type { Program } from "../program";

/** The management cluster: from machines booted into Talos to a kubeconfig. */
export const run: Program = async ({ stack, settings, qualified }) => {
  const deployed = readDeployed(await lastOutputs(qualified(`base.${stack.cloud}`), DEPLOYED_OUTPUTS));
  const base = parseBaseSettings(settings, deployed);
  const kubeletVersion = kubeletVersionOf(base, deployed);
  for (const notice of kubeletNotices(base, kubeletVersion)) void pulumi.log.warn(describe(notice).trim());
  // default providers are disabled in stack files, so that none picks up what lies around on the machine
  const providers = { talos: new talos.Provider("machines"), command: new command.Provider("local") };
  const cluster = new TalosCluster(base.cluster, { settings: base, kubeletVersion }, { providers });
  return publish(baseContract, {
    cluster: base.cluster,
    endpoint: base.endpoint,
    kubernetesVersion: String(base.kubernetesVersion),
    kubeletVersion: String(kubeletVersion),
    nodeCidrs: base.network.nodeCidrs.map(String),
    podCidrs: base.network.podCidrs.map(String),
    serviceCidrs: base.network.serviceCidrs.map(String),
    dnsDomain: base.network.dnsDomain,
    installer: imageOf(base, {}).installer,
    extensions: commonExtensions(base),
    images: publishedImages(base),
    reachableFrom: reachableFrom(base),
    machines: Object.fromEntries(
      machinesOf(base).map((machine) => {
        const { installer, extensions } = imageOf(base, machine);
        return [machine.name, { role: machine.role, address: machine.address, installer, extensions: [...extensions] }];
      }),
    ),
    kubeconfig: cluster.kubeconfig,
    talosconfig: cluster.talosconfig,
  });
};
