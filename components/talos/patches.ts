import { type Fields, isFields } from "../core/fields";
import type { Problem } from "../core/problem";
import type { BaseSettings, Machine } from "./settings";
import type { Patch } from "./settings/patches";

/** Patches of the stack file for a machine, those of more machines first. */
export function ownPatches({ talos }: Pick<BaseSettings, "talos">, { role, patches }: Machine): Patch[] {
  return [...talos.patches.all, ...talos.patches[role], ...patches];
}

/** Fields of the main document that are made from settings, or that make the cluster one; and what to use instead. */
const FIELDS: Readonly<Record<string, string>> = {
  "machine.type": "the machine's role",
  "machine.token": "the keys of the cluster, which the program makes",
  "machine.ca": "the keys of the cluster, which the program makes",
  "machine.acceptedCAs": "the keys of the cluster, which the program makes",
  "machine.install.disk": "installDisk",
  "machine.install.diskSelector": "installDisk",
  "machine.install.image": "base.talos.image, or base.talos.installer",
  "machine.install.extraKernelArgs": "kernelArguments of base.talos.image, which are in the image",
  "machine.install.extensions": "extensions of base.talos.image",
  "machine.kubelet.image": "base.kubernetesVersion",
  "machine.kubelet.nodeIP": "base.network.nodeCidrs",
  "machine.kubelet.extraArgs": "base.kubernetes.kubelet.extraArgs",
  "machine.kubelet.extraConfig.evictionHard": "base.kubernetes.kubelet.evictionHard",
  "machine.kubelet.extraConfig.featureGates": "base.kubernetes.featureGates",
  "machine.kubelet.extraConfig.kubeReserved": "base.kubernetes.kubelet.kubeReserved",
  "machine.kubelet.extraConfig.maxPods": "base.kubernetes.kubelet.maxPods",
  "machine.kubelet.extraConfig.systemReserved": "base.kubernetes.kubelet.systemReserved",
  "machine.network": "base.network, links of machines, or documents like StaticHostConfig",
  "machine.nodeLabels": "labels of the machine",
  "machine.registries": "base.registries",
  "machine.sysctls[vm.nr_hugepages]": "hugePages of the machine, or base.talos.hugePages",
  "machine.systemDiskEncryption": "base.talos.diskEncryption",
  "machine.time": "base.network.timeServers",
  "cluster.id": "the keys of the cluster, which the program makes",
  "cluster.secret": "the keys of the cluster, which the program makes",
  "cluster.token": "the keys of the cluster, which the program makes",
  "cluster.ca": "the keys of the cluster, which the program makes",
  "cluster.acceptedCAs": "the keys of the cluster, which the program makes",
  "cluster.aggregatorCA": "the keys of the cluster, which the program makes",
  "cluster.serviceAccount": "the keys of the cluster, which the program makes",
  "cluster.secretboxEncryptionSecret": "the keys of the cluster, which the program makes",
  "cluster.aescbcEncryptionSecret": "the keys of the cluster, which the program makes",
  "cluster.clusterName": "base.cluster",
  "cluster.controlPlane": "base.endpoint",
  "cluster.allowSchedulingOnControlPlanes": "workers among base.machines, or none",
  "cluster.discovery": "nothing: machines find each other through the endpoint",
  "cluster.network.cni": "the platform layer, which brings the network",
  "cluster.network.dnsDomain": "base.network.dnsDomain",
  "cluster.network.podSubnets": "base.network.podCidrs",
  "cluster.network.serviceSubnets": "base.network.serviceCidrs",
  "cluster.proxy": "the platform layer, which replaces kube-proxy",
  "cluster.apiServer.auditPolicy": "base.kubernetes.apiServer.audit",
  "cluster.apiServer.extraArgs": "base.kubernetes.apiServer",
  "cluster.apiServer.image": "base.kubernetesVersion",
  "cluster.controllerManager.extraArgs": "base.kubernetes.controllerManager.extraArgs",
  "cluster.controllerManager.image": "base.kubernetesVersion",
  "cluster.scheduler.extraArgs": "base.kubernetes.scheduler.extraArgs",
  "cluster.scheduler.image": "base.kubernetesVersion",
  "cluster.etcd.ca": "the keys of the cluster, which the program makes",
  "cluster.etcd.advertisedSubnets": "base.network.nodeCidrs",
  "cluster.etcd.extraArgs": "base.kubernetes.etcd",
  "cluster.etcd.listenSubnets": "base.network.nodeCidrs",
};

/** Documents that settings make, whole or, where fields are named, these fields of them. */
const DOCUMENTS: Readonly<Record<string, { readonly instead: string; readonly fields?: readonly string[] }>> = {
  HostnameConfig: { instead: "the machine's name, which is its hostname" },
  Layer2VIPConfig: { instead: "base.network.vip" },
  NetworkDefaultActionConfig: { instead: "base.network.firewall" },
  RegistryAuthConfig: { instead: "base.registries.auth, whose passwords are secret" },
  RegistryMirrorConfig: { instead: "base.registries.mirrors" },
  RegistryTLSConfig: { instead: "base.registries.tls", fields: ["ca"] },
  ResolverConfig: { instead: "base.network.nameServers", fields: ["nameservers"] },
  TimeSyncConfig: { instead: "base.network.timeServers", fields: ["ntp"] },
  VolumeConfig: { instead: "base.talos.diskEncryption", fields: ["encryption"] },
  BondConfig: { instead: "links of machines", fields: ["links", "bondMode", "addresses", "routes", "mtu"] },
  BridgeConfig: { instead: "links of machines", fields: ["links", "stp", "vlan", "addresses", "routes", "mtu"] },
  VLANConfig: { instead: "links of machines", fields: ["parent", "vlanID", "addresses", "routes", "mtu"] },
  LinkConfig: { instead: "links of machines", fields: ["addresses", "routes", "mtu"] },
  LinkAliasConfig: { instead: "mac of a link" },
  DHCPv4Config: { instead: "dhcp of a link", fields: [] },
  KmsgLogConfig: { instead: "base.talos.kernelLog", fields: [] },
  UserVolumeConfig: { instead: "base.talos.userVolumes", fields: [] },
  WatchdogTimerConfig: { instead: "base.talos.watchdog" },
  NetworkRuleConfig: { instead: "base.network.firewall", fields: [] },
};

/** Names of fields that hold a secret wherever they are (machinery 1.12 to 1.14). */
const SECRET =
  /^(secret|token|passphrase|password|auth|identityToken|privateKey|presharedKey|joinToken|bootstrapToken|encryptionKey)$/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Beginning of PEM in base64, as configurations carry keys. */
const ENCODED = /^LS0tLS1CRUdJTi/;

/** Patches that are none, that say what settings say, or that hold what everybody could read. */
export function patchProblems({ talos, machines }: BaseSettings): Problem[] {
  const lists: [where: string, patches: readonly Patch[]][] = [
    ...Object.entries(talos.patches).map(([group, patches]): [string, Patch[]] => [
      `base.talos.patches.${group}`,
      patches,
    ]),
    ...Object.entries(machines).map(([name, { patches }]): [string, Patch[]] => [
      `base.machines.${name}.patches`,
      patches,
    ]),
  ];
  return lists.flatMap(([list, patches]) =>
    patches.flatMap((patch, index) => {
      const where = `${list}.${index}`;
      const problems = "kind" in patch ? documentProblems(where, patch) : mainProblems(where, patch);
      return [...problems, ...secretProblems(where, patch)];
    }),
  );
}

function mainProblems(where: string, patch: Patch): Problem[] {
  if (typeof patch["op"] === "string" && typeof patch["path"] === "string") {
    const rule = "is a JSON patch, which no configuration of several documents takes";
    return [
      { where, given: `${patch["op"]} ${patch["path"]}`, rule, fix: "write it as { machine: … } or { cluster: … }" },
    ];
  }
  const others = Object.keys(patch).filter((key) => key !== "machine" && key !== "cluster");
  if (others.length > 0 || Object.keys(patch).length === 0) {
    const rule = "must be of machine and cluster alone, or a document with apiVersion and kind";
    return [{ where, given: others.join(", ") || "{}", rule, fix: "correct its spelling, or remove it" }];
  }
  const found = Object.entries(FIELDS).flatMap(([path, instead]) => {
    const names = segments(path);
    const at = touched(patch, names);
    if (at === undefined) return [];
    return [taken(`${where}.${at}`, at === names.join(".") ? instead : `${at}.<field> for what shall change`)];
  });
  // what takes a whole section away touches several
  return [...new Map(found.map((problem) => [problem.where, problem])).values()];
}

function documentProblems(where: string, patch: Patch): Problem[] {
  const { apiVersion, kind, name } = patch;
  if (apiVersion !== "v1alpha1" || typeof kind !== "string") {
    const given = `${JSON.stringify(apiVersion) ?? "no apiVersion"}, ${JSON.stringify(kind)}`;
    return [{ where, given, rule: "must be a document with apiVersion v1alpha1 and a kind", fix: "correct it" }];
  }
  const known = Object.hasOwn(DOCUMENTS, kind) ? DOCUMENTS[kind] : undefined;
  if (known === undefined) return [];
  const { instead, fields } = known;
  const label = [kind, ...(typeof name === "string" ? [name] : [])].join(" ");
  if (fields === undefined || Object.hasOwn(patch, "$patch")) return [taken(where, instead, label)];
  return fields
    .filter((field) => Object.hasOwn(patch, field))
    .map((field) => taken(`${where}.${field}`, instead, label));
}

function taken(where: string, instead: string, given = "a patch"): Problem {
  return { where, given, rule: "is not for patches: settings decide it", fix: `use ${instead}` };
}

/** Names on a path; one that has dots itself stands in brackets. */
function segments(path: string): readonly string[] {
  return path.split(/\.(?![^[]*\])|[[\]]/).filter((name) => name !== "");
}

/** Where a patch changes what is at the path, or something that it is in: with a value, or by a directive. */
function touched(patch: Fields, path: readonly string[]): string | undefined {
  let inside: unknown = patch;
  for (const [index, name] of path.entries()) {
    if (!isFields(inside) || Object.hasOwn(inside, "$patch")) return path.slice(0, index).join(".");
    if (!Object.hasOwn(inside, name)) return undefined;
    inside = inside[name];
  }
  return path.join(".");
}

function secretProblems(where: string, value: unknown, name = ""): Problem[] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) =>
      secretProblems(`${where}.${key}`, inner, Array.isArray(value) ? name : key),
    );
  }
  if (typeof value !== "string" || value === "" || !(SECRET.test(name) || isPrivateKey(value))) return [];
  const rule = "is secret, and a patch is readable in the stack file";
  return [{ where, given: "a text", rule, fix: "remove it; settings that need secrets have them beside base" }];
}

function isPrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(ENCODED.test(text) ? Buffer.from(text, "base64").toString("latin1") : text);
}
