import * as pulumi from "@pulumi/pulumi";
import * as command from "@pulumi/command";
import * as talos from "@pulumiverse/talos";
import { describe } from "../../components/core/problem";
import type { KubernetesVersion } from "../../components/core/version";
import { DEPLOYED_OUTPUTS, readDeployed } from "../../components/talos/deployed";
import { commonExtensions, imageOf, publishedImages } from "../../components/talos/image/classes";
import { kubeletNotices, kubeletVersionOf } from "../../components/talos/kubernetes-upgrade";
import { parseBaseSettings } from "../../components/talos/parse";
import { machineChanges } from "../../components/talos/life/machine-changes";
import { leavingMachines, lostNotices } from "../../components/talos/removed-machines";
import { reachableFrom } from "../../components/talos/settings";
import { TalosCluster } from "../../components/talos/talos-cluster";
import { baseContract, lastOutputs, publish } from "../contracts";
import type { Program } from "../program";
import { publishedMachines, tellChanges } from "./published-machines";

/** The management cluster: from machines booted into Talos to a kubeconfig. */
export const run: Program = async ({ stack, settings, qualified }) => {
  const deployed = readDeployed(await lastOutputs(qualified(`base.${stack.cloud}`), DEPLOYED_OUTPUTS));
  const base = parseBaseSettings(settings, deployed);
  const kubeletVersion = kubeletVersionOf(base, deployed);
  const notices = [...kubeletNotices(base, kubeletVersion), ...lostNotices(base, deployed.machines)];
  for (const notice of notices) void pulumi.log.warn(describe(notice).trim());
  const changes = machineChanges(base, kubeletVersion, deployed);
  // default providers are disabled in stack files, so that none picks up what lies around on the machine
  const providers = { talos: new talos.Provider("machines"), command: new command.Provider("local") };
  const leaving = leavingMachines(base, deployed.machines);
  // an adopted cluster runs, whoever has deployed it
  const running = Object.keys(deployed.machines ?? (base.adopted === undefined ? {} : base.machines));
  const cluster = new TalosCluster(
    base.cluster,
    { settings: base, kubeletVersion, leaving, deployed: running },
    { providers },
  );
  if (deployed.machines !== undefined && changes.some(({ effect }) => effect !== "no effect")) {
    await tellChanges(changes, cluster);
  }
  const known = pulumi.output(publishedMachines(base, kubeletVersion, cluster, deployed));
  // one that only some machines have is not deployed yet
  const version = (now: KubernetesVersion, before = now) =>
    known.apply(({ complete }) => String(complete ? now : before));
  const published = publish(baseContract, {
    cluster: base.cluster,
    endpoint: base.endpoint,
    kubernetesVersion: version(base.kubernetesVersion, deployed.kubernetesVersion),
    kubeletVersion: version(kubeletVersion, deployed.kubeletVersion),
    nodeCidrs: base.network.nodeCidrs.map(String),
    podCidrs: base.network.podCidrs.map(String),
    serviceCidrs: base.network.serviceCidrs.map(String),
    dnsDomain: base.network.dnsDomain,
    installer: imageOf(base, {}).installer,
    extensions: commonExtensions(base),
    images: publishedImages(base),
    adopted: base.adopted !== undefined,
    etcdBackups: base.kubernetes.etcd.backups,
    reachableFrom: reachableFrom(base),
    machines: known.machines,
    kubeconfig: cluster.kubeconfig,
    talosconfig: cluster.talosconfig,
  });
  return {
    ...published,
    talosVersions: known.talosVersions,
    // for the next preview alone
    configurations: pulumi.secret(known.configurations),
  };
};
