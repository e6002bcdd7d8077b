import { parameters, names } from "../../engine/parameters";
import { machinesOf } from "../../engine/machines";
import { isFromRegistry, isPinnedDigest, parseImage } from "../../engine/library/images";
import { MACHINE_KINDS, resourceRule, type Violation } from "../../engine/rule";
import { object } from "../../engine/library/examples";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { isShared, namespaceOf } from "./grants";

const ID = "vm-datavolume-source";

/** A source of data and the namespace of the volume that gets it. */
interface Import {
  readonly spec: View;
  readonly namespace: View;
}

function importsOf(target: Target): Import[] {
  const { key, spec, namespace } = target;
  if (key === "cdi.kubevirt.io/DataVolume" || key === "cdi.kubevirt.io/VolumeImportSource")
    return [{ spec, namespace }];
  if (key === "cdi.kubevirt.io/DataImportCron") return [{ spec: spec.at("template", "spec"), namespace }];
  return machinesOf(target).flatMap((machine) => {
    const templates = machine.machine?.field("dataVolumeTemplates").items() ?? [];
    return templates.map((template) => ({ spec: template.field("spec"), namespace: namespaceOf(machine) }));
  });
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

const SOURCES = parameters("vm-datavolume-source", (z) => ({
  hosts: names(z).describe("Hosts that disks may be imported from."),
  sharedNamespaces: names(z).describe("Namespaces whose disks all tenants may clone."),
}));

function hostAllowed({ host, hostname, pathname }: URL, settings: Settings): boolean {
  const { hosts = [] } = SOURCES.of(settings);
  if (hosts.includes(host) || hosts.includes(hostname)) return true;
  if (settings.registries === undefined) return hosts.length === 0;
  return isFromRegistry(
    { registry: host, repository: pathname.slice(1), tag: undefined, digest: undefined },
    settings.registries,
  );
}

/** An exact version (1.10.3), the date of a build (20260131) or a digest, in a path that says nowhere "latest". */
function namesExactContent(path: string): boolean {
  if (/(?:^|[/._-])(?:latest|current|stable|daily|nightly|master|main)(?=$|[/._-])/i.test(path)) return false;
  return /\d+\.\d+\.\d+|(?:^|\D)20\d{6}(?:\D|$)|[0-9a-f]{40,}/i.test(path);
}

function* webFaults(source: View, settings: Settings, exact: boolean): Generator<Violation> {
  const url = source.field("url");
  const { text } = url;
  if (text === undefined) return;
  const parsed = parseUrl(text);
  if (parsed?.protocol !== "https:") return yield { at: url, message: "the disk does not come over https" };
  if (parsed.username !== "" || parsed.password !== "") {
    yield { at: url, message: "the URL holds a credential, which belongs into a Secret (secretRef)" };
  }
  if (!hostAllowed(parsed, settings)) yield { at: url, message: `host ${parsed.host} is not allowed` };
  if (exact && !namesExactContent(parsed.pathname)) {
    yield { at: url, message: "the path names neither an exact version nor a digest: its content may change" };
  }
  for (const header of source.field("extraHeaders").items()) {
    if (/authorization|cookie|token|api-?key|secret/i.test(header.text ?? "")) {
      yield { at: header, message: "the header holds a credential, which belongs into a Secret (secretExtraHeaders)" };
    }
  }
}

function* registryFaults(source: View, settings: Settings): Generator<Violation> {
  const url = source.field("url");
  const { text } = url;
  // an image stream of the cluster has no URL
  if (text === undefined) {
    if (source.present) yield { at: url, message: "the image is not named by a docker:// URL with a digest" };
    return;
  }
  if (!text.startsWith("docker://")) return yield { at: url, message: "the image is not named by a docker:// URL" };
  const bare = text.slice("docker://".length);
  if (/^[^/]*@[^/]*\//.test(bare)) return yield { at: url, message: "the URL holds a credential" };
  const image = parseImage(bare);
  if (!isPinnedDigest(image?.digest)) yield { at: url, message: "the image is not pinned by a sha256 digest" };
  if (image !== undefined && settings.registries !== undefined && !isFromRegistry(image, settings.registries)) {
    yield { at: url, message: "the image comes from a registry that is not allowed" };
  }
}

function* cloneFaults(origin: View, namespace: View, settings: Settings): Generator<Violation> {
  const from = origin.field("namespace");
  const { text } = from;
  if (text === undefined || text === "" || text === namespace.text || isShared(text, SOURCES.of(settings))) return;
  yield { at: from, message: `the disk is cloned out of namespace ${text}`, unless: [namespace] };
}

const imported = (source: object) => ({
  ...object("cdi.kubevirt.io/v1beta1", "DataVolume", { spec: { source, storage: {} } }),
});

export const dataVolumeSource = resourceRule({
  id: ID,
  group: "kubevirt",
  title: "DataVolume source trusted",
  severity: "high",
  references: ["SLSA", "MITRE T1195.002"],
  types: [...MACHINE_KINDS, "cdi.kubevirt.io/DataVolume", "cdi.kubevirt.io/DataImportCron"],
  fix: "import from an allowed registry by digest (docker://…@sha256:…) or from https with an exact version, and clone only within the namespace",
  params: SOURCES,
  docs: {
    why: "What is imported becomes the guest's operating system, and CDI has no checksum to compare it with: a registry digest is the only pin. A clone from another namespace copies the disk of another tenant.",
    pass: imported({ registry: { url: `docker://registry.example/disk@sha256:${"0123456789abcdef".repeat(4)}` } }),
    fail: imported({ registry: { url: "docker://registry.example/disk:1.4.2" } }),
  },
  on: ({ key }) =>
    MACHINE_KINDS.includes(key) || /^cdi\.kubevirt\.io\/(DataVolume|DataImportCron|VolumeImportSource)$/.test(key),
  *check(target, settings) {
    for (const { spec, namespace } of importsOf(target)) {
      const source = spec.field("source");
      yield* webFaults(source.field("http"), settings, true);
      for (const name of ["s3", "imageio", "vddk"]) yield* webFaults(source.field(name), settings, false);
      yield* registryFaults(source.field("registry"), settings);
      for (const name of ["pvc", "snapshot"]) yield* cloneFaults(source.field(name), namespace, settings);
      yield* cloneFaults(spec.field("sourceRef"), namespace, settings);
    }
  },
});
