import type { BaseSettings, Machine } from "../settings";
import { type FactoryChoice, imageUrls } from "./urls";

/** Name of the image of machines without a class. */
export const DEFAULT_CLASS = "default";

/** What some of the machines are installed with. */
export interface MachineImage {
  /** Class of machines, or {@link DEFAULT_CLASS}. */
  readonly name: string;
  /** Setting that it is made from: base.talos.images.gpu */
  readonly where: string;
  readonly installer: string;
  readonly extensions: readonly string[];
  /** What the factory makes it of; unknown where the installer was given. */
  readonly choice?: FactoryChoice;
}

type Images = Pick<BaseSettings, "talos">;

/** All images of the cloud: the one for every machine, then those of classes. None, or not all, of settings that are wrong. */
export function imagesOf({ talos }: Images): MachineImage[] {
  const { installer, extensions, image, images } = talos;
  if (image === undefined) {
    return installer === undefined || extensions === undefined
      ? []
      : [{ name: DEFAULT_CLASS, where: "base.talos.installer", installer, extensions }];
  }
  return [
    made(DEFAULT_CLASS, "base.talos.image", image),
    ...Object.entries(images).map(([name, change]) => made(name, `base.talos.images.${name}`, { ...image, ...change })),
  ];
}

/** The image of one machine. */
export function imageOf(base: Images, machine: Pick<Machine, "image">): MachineImage {
  const found = findImage(base, machine);
  if (found === undefined) throw new RangeError("no image of a machine, and settings were checked");
  return found;
}

/** The same, of settings that may be wrong. */
export function findImage(base: Images, { image = DEFAULT_CLASS }: Pick<Machine, "image">): MachineImage | undefined {
  return imagesOf(base).find(({ name }) => name === image);
}

/** The images that machines have: the one without a class is of no machine where all have one. */
export function usedImages(base: Images & Pick<BaseSettings, "machines">): MachineImage[] {
  const used = new Set(Object.values(base.machines).map(({ image = DEFAULT_CLASS }) => image));
  return imagesOf(base).filter(({ name }) => used.has(name));
}

/** Extensions that the images of all machines carry, sorted. */
export function commonExtensions(base: Images & Pick<BaseSettings, "machines">): string[] {
  const [first, ...others] = usedImages(base).map(({ extensions }) => extensions);
  return (first ?? []).filter((extension) => others.every((carried) => carried.includes(extension))).sort();
}

/** What the factory offers of each image, for the stack's outputs; nothing of installers that were given. */
export function publishedImages(base: Images): Record<string, Record<string, string>> {
  return Object.fromEntries(
    imagesOf(base).flatMap(({ name, choice }) => (choice === undefined ? [] : [[name, { ...imageUrls(choice) }]])),
  );
}

function made(name: string, where: string, choice: FactoryChoice): MachineImage {
  return { name, where, installer: imageUrls(choice).installer, extensions: [...choice.extensions].sort(), choice };
}
