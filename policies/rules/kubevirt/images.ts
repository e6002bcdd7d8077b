import { IMAGE } from "../../engine/library/examples";
import { isFromRegistry, isPinnedDigest, parseImage } from "../../engine/library/images";
import { machineRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";
import { virtualMachine } from "./examples";

/** What is wrong with an image whose content becomes a disk or a kernel. */
function* imageFaults(image: View, settings: Settings): Generator<Violation> {
  const { text } = image;
  if (text === undefined) return;
  const reference = parseImage(text);
  if (reference === undefined) return yield { at: image, message: `"${text.slice(0, 80)}" is no image reference` };
  if (!isPinnedDigest(reference.digest)) yield { at: image, message: "the image is not pinned by a sha256 digest" };
  if (settings.registries !== undefined && !isFromRegistry(reference, settings.registries)) {
    yield { at: image, message: "the image comes from a registry that is not allowed" };
  }
}

/** A path inside an image is absolute and leads nowhere else. */
function* pathFaults(path: View): Generator<Violation> {
  if (!path.present) return;
  const { text } = path;
  if (text === undefined || !text.startsWith("/") || text.split(/[/\\]/).includes("..")) {
    yield { at: path, message: "the path must be absolute and without .." };
  }
}

export const containerDiskDigest = machineRule({
  id: "vm-container-disk-digest",
  group: "kubevirt",
  title: "containerDisk pinned",
  severity: "high",
  references: ["CVE-2022-1798", "GHSA-qv98-3369-g364", "SLSA"],
  fix: "name the image by digest (name:tag@sha256:…) in an allowed registry, and files in it by absolute paths",
  docs: {
    why: "The image is the guest's operating system. A tag can be moved to another one, and a path that climbs out of the image read any file of the node (CVE-2022-1798).",
    pass: virtualMachine({ volumes: [{ name: "root", containerDisk: { image: IMAGE, path: "/disk/root.qcow2" } }] }),
    fail: virtualMachine({ volumes: [{ name: "root", containerDisk: { image: "registry.example/disk:1.4.2" } }] }),
  },
  *check({ spec }, settings) {
    for (const volume of spec.field("volumes").items()) {
      const disk = volume.field("containerDisk");
      yield* imageFaults(disk.field("image"), settings);
      yield* pathFaults(disk.field("path"));
    }
    const kernel = spec.at("domain", "firmware", "kernelBoot", "container");
    yield* imageFaults(kernel.field("image"), settings);
    for (const name of ["kernelPath", "initrdPath"]) yield* pathFaults(kernel.field(name));
  },
});
