import { machinesOf } from "../machines";
import { podsOf } from "../pods";
import type { Target } from "../target";
import type { View } from "../view";

/** An image that something runs, with the field that says when it is pulled, where there is one. */
export interface ImageView {
  readonly reference: View;
  readonly pullPolicy: View | undefined;
}

/** Fields of a hosted control plane (Kamaji) that name containers. */
const HOSTED = [
  ["spec", "deployment", "extraContainers"],
  ["spec", "deployment", "extraInitContainers"],
  ["spec", "controlPlane", "deployment", "additionalContainers"],
  ["spec", "controlPlane", "deployment", "additionalInitContainers"],
];

/** Every image an object makes run: containers, image volumes, disks and kernels of virtual machines. */
export function imagesOf(target: Target): readonly ImageView[] {
  const images: ImageView[] = [];
  for (const { spec, containers } of podsOf(target)) {
    for (const { view } of containers) images.push(ofContainer(view));
    for (const volume of spec.field("volumes").items()) {
      const image = volume.field("image");
      if (image.present) images.push({ reference: image.field("reference"), pullPolicy: image.field("pullPolicy") });
    }
  }
  for (const { spec } of machinesOf(target)) {
    for (const volume of spec.field("volumes").items()) {
      const disk = volume.field("containerDisk");
      if (disk.present) images.push({ reference: disk.field("image"), pullPolicy: disk.field("imagePullPolicy") });
    }
    const kernel = spec.at("domain", "firmware", "kernelBoot", "container");
    if (kernel.present) images.push({ reference: kernel.field("image"), pullPolicy: kernel.field("imagePullPolicy") });
  }
  if (target.kind === "KamajiControlPlane" || target.kind === "TenantControlPlane") {
    for (const way of HOSTED)
      images.push(
        ...target.root
          .at(...way)
          .items()
          .map(ofContainer),
      );
  }
  return images;
}

function ofContainer(view: View): ImageView {
  return { reference: view.field("image"), pullPolicy: view.field("imagePullPolicy") };
}
