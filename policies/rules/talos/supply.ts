import { names, parameters } from "../../engine/parameters";
import { isMovingTag, isPinnedDigest, parseImage } from "../../engine/library/images";
import type { View } from "../../engine/view";
import type { TalosConfig } from "../../engine/library/talos/config";
import { machineWith } from "./examples";
import { talosRule } from "./talos-rule";

/** Where what runs on a machine comes from. */

const LOCAL = /^(?:127(?:\.\d+){3}|\[::1\]|localhost|[a-z0-9-]+\.[a-z0-9-]+\.svc(?:\.[a-z0-9.-]+)?)$/i;

const REGISTRY = parameters("talos-registry-tls", (z) => ({
  caches: names(z).describe("Hosts of registry mirrors that are caches: they may fall back to the upstream."),
  airGapped: z.boolean().describe("Whether nothing may be pulled but from mirrors."),
}));

export const registryTls = talosRule({
  id: "talos-registry-tls",
  title: "Registries over TLS",
  severity: "critical",
  references: ["supply chain"],
  fix: "use https with the registry's CA; a cache without TLS must be on the machine, in the cluster, or in the parameter `caches`",
  params: REGISTRY,
  docs: {
    why: "Images of the kubelet, etcd and the API server come through these registries. An attacker who can answer in their place can run any code on every machine.",
    pass: machineWith(mirror("https://mirror.example")),
    fail: machineWith({
      machine: { registries: { config: { "mirror.example": { tls: { insecureSkipVerify: true } } } } },
    }),
  },
  *check({ machine, documents, hidden }, settings) {
    const { caches = [], airGapped = false } = REGISTRY.of(settings);
    const registries = machine.field("registries");
    const configs = registries
      .field("config")
      .entries()
      .map(([, view]) => view);
    for (const tls of [...configs.map((config) => config.field("tls")), ...documents("RegistryTLSConfig")]) {
      const at = tls.field("insecureSkipVerify");
      if (at.on) yield { at, message: "the registry is not verified" };
    }
    const mirrors = [
      ...registries
        .field("mirrors")
        .entries()
        .map(([, view]) => view),
      ...documents("RegistryMirrorConfig"),
    ];
    for (const each of mirrors) {
      for (const endpoint of each.field("endpoints").items()) {
        const at = endpoint.text === undefined ? endpoint.field("url") : endpoint;
        const host = /^http:\/\/(\[[^\]]*\]|[^:/]*)/i.exec(at.text ?? "")?.[1];
        if (host !== undefined && !LOCAL.test(host) && !caches.includes(host))
          yield { at, message: "images are fetched unencrypted" };
      }
      const skip = each.field("skipFallback");
      if (airGapped && !skip.is(true))
        yield {
          at: skip,
          message: "images that the mirror does not have are fetched from the internet",
          unless: hidden,
        };
    }
  },
});

function mirror(url: string): object {
  return {
    apiVersion: "v1alpha1",
    kind: "RegistryMirrorConfig",
    name: "docker.io",
    endpoints: [{ url }],
    skipFallback: true,
  };
}

const VERSION = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

const INSTALLER = parameters("talos-install-image", (z) => ({
  version: z.string().describe("Talos minor that the installer has to be of, like 1.13."),
}));

/** Schematics of the image factory, [zfs], [drbd, zfs] and [zfs, drbd]: the id is the hash of the list. */
const WITH_ZFS = new RegExp(
  `/(?:${[
    "4dd8e3a8b6203d3c14f049da8db4d3bb0d6d3e70c5e89dfcc1e709e81914f63c",
    "98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612",
    "831d63f6f125345f9ae33790d066aa39cd8afedf0ea436e2cb6be1af164e96b5",
  ].join("|")})(?=[:@]|$)`,
);

export const installImage = talosRule({
  id: "talos-install-image",
  title: "Installer pinned",
  severity: "high",
  references: ["SLSA"],
  fix: "set install.image to <factory>/metal-installer[-secureboot]/<schematic id>:<version>, or to a digest; load zfs in machine.kernel.modules where the image carries it",
  params: INSTALLER,
  docs: {
    why: "The installer writes the whole operating system. If its tag is moved, the next machine gets another system; one without the schematic lacks the modules that storage needs.",
    pass: machineWith(),
    fail: machineWith({ machine: { install: { image: "ghcr.io/siderolabs/installer:latest" } } }),
  },
  *check(config, settings) {
    const { machine, documents, hidden } = config;
    const unattended = documents("UnattendedInstallConfig").map((document) => document.at("installer", "image"));
    const at = unattended.find((view) => view.present) ?? machine.at("install", "image");
    const fault = imageFault(at.text, INSTALLER.of(settings).version);
    if (fault !== undefined) yield { at, message: fault };
    else if (usesTpm(config) && !/secureboot/.test(at.text ?? "")) {
      yield { at, message: "a disk key in the TPM needs an installer for Secure Boot" };
    }
    // Talos (1.13.0) loads no module by itself, the service of the extension waits for the module's device, and a boot
    // that waits for a service longer than 70 minutes fails
    const modules = machine.at("kernel", "modules");
    if (WITH_ZFS.test(at.text ?? "") && !modules.items().some((each) => each.field("name").is("zfs")))
      yield {
        at: modules,
        message: "the image carries zfs, whose module is not loaded: the machine restarts every 70 minutes",
        unless: hidden,
      };
  },
});

function imageFault(text: string | undefined, version: string | undefined): string | undefined {
  if (text === undefined || text === "") return "the installer is the default one of the tool";
  const image = parseImage(text);
  if (image === undefined) return "it is no image";
  if (version !== undefined && image.tag?.startsWith(`v${version.replace(/^v/, "")}.`) === false) {
    return `it is not of ${version}, for which the configuration is`;
  }
  if (isPinnedDigest(image.digest)) return undefined;
  if (isMovingTag(image.tag) || !VERSION.test(image.tag ?? "")) return "the tag is no version";
  const factory =
    image.registry.startsWith("factory.") || /(?:^|\/)[a-z]+-installer(?:-secureboot)?\//.test(image.repository);
  return factory && !/\/[0-9a-f]{64}$/.test(image.repository) ? "it names no schematic" : undefined;
}

/** Whether a disk is sealed with the TPM. */
function usesTpm({ machine, documents }: TalosConfig): boolean {
  const classic = machine
    .field("systemDiskEncryption")
    .entries()
    .map(([, view]) => view.field("keys"));
  const volumes = [...documents("VolumeConfig"), ...documents("UserVolumeConfig")];
  const keys = [...classic, ...volumes.map((volume) => volume.at("encryption", "keys"))];
  return keys.some((list) => list.items().some((key) => key.field("tpm").present));
}

const MANIFESTS = parameters("talos-extra-manifests", (z) => ({
  sources: names(z).describe("Beginnings of addresses that manifests may come from."),
}));

export const extraManifests = talosRule({
  id: "talos-extra-manifests",
  role: "controlplane",
  title: "Remote manifests pinned",
  severity: "high",
  references: ["supply chain"],
  fix: "use https and a URL that names a version or commit; list its beginning in the parameter `sources`",
  params: MANIFESTS,
  docs: {
    why: "Control planes fetch these and apply them with every right, at every boot. If the content of the URL changes, the cluster runs the new content.",
    pass: machineWith(extra("https://manifests.example/cni/v1.4.2/cni.yaml")),
    fail: machineWith(extra("https://manifests.example/cni/main/cni.yaml")),
  },
  *check({ cluster, documents }, settings) {
    const { sources: allowed = [] } = MANIFESTS.of(settings);
    const lists = [
      cluster.field("extraManifests"),
      cluster.at("externalCloudProvider", "manifests"),
      cluster.at("network", "cni", "urls"),
    ];
    const urls = [
      ...lists.flatMap((list) => list.items()),
      ...documents("KubeExternalManifestConfig").map((each) => each.field("url")),
    ];
    for (const at of urls) {
      const message = urlFault(at, allowed);
      if (message !== undefined) yield { at, message };
    }
  },
});

function extra(url: string): object {
  return { cluster: { extraManifests: [url] } };
}

/** A version, a digest or the hash of a commit. */
const PINNED = /(?:^|[/@_=-])v?\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.-]+)?(?=$|[/@_.?&-])|[0-9a-f]{40}/;

function urlFault(url: View, allowed: readonly string[]): string | undefined {
  const { text } = url;
  if (text === undefined) return undefined;
  if (!text.startsWith("https://")) return "it does not come over https";
  const path = text.slice("https://".length).replace(/^[^/]*/, "");
  if (!PINNED.test(path)) return "it names no version";
  const listed =
    allowed.length === 0 || allowed.some((prefix) => text === prefix || text.startsWith(prefix.replace(/\/*$/, "/")));
  return listed ? undefined : "it is from no source of the list";
}
