import { schematicId } from "./schematic";

/** An image that a factory makes. */
export interface FactoryChoice {
  /** host or host:port */
  readonly factory: string;
  /** Release of Talos: v1.13.0 */
  readonly version: string;
  /** In any order. */
  readonly extensions: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly secureBoot: boolean;
  readonly bootloader?: "sd-boot" | "grub" | "dual-boot";
  readonly architecture: "amd64" | "arm64";
}

/** Everything that a factory offers of an image: an image of a registry, otherwise URLs. */
export interface ImageUrls {
  readonly schematic: string;
  /** Image of a registry that puts Talos onto the disk. */
  readonly installer: string;
  readonly iso: string;
  readonly diskImage: string;
  /** Script for iPXE. */
  readonly pxe: string;
  readonly kernel: string;
  readonly initramfs: string;
  /** Text of all kernel arguments. */
  readonly kernelCommandLine: string;
  /** Kernel, initramfs and arguments in one program for UEFI, signed: of images for Secure Boot only. */
  readonly uki?: string;
}

/** The schematic of an image, with its extensions sorted: the same image has one id, whoever writes the list. */
export function schematicOf({ extensions, kernelArguments, bootloader }: FactoryChoice) {
  return {
    extensions: [...extensions].sort(),
    kernelArguments,
    ...(bootloader === undefined ? {} : { bootloader }),
  };
}

/** Path below the factory's root of a file that is made of the image. */
export function assetPath(choice: FactoryChoice, file: string): string {
  return `image/${schematicId(schematicOf(choice))}/${choice.version}/${file}`;
}

/** Names of the files that a machine boots from over the network. */
export function assetNames({ architecture, secureBoot }: FactoryChoice) {
  return {
    kernel: `kernel-${architecture}`,
    initramfs: `initramfs-${architecture}.xz`,
    ...(secureBoot ? { uki: `metal-${architecture}-secureboot-uki.efi` } : {}),
  };
}

/**
 * Where a factory has everything of an image, as talos:imageFactory/getUrls computes it (provider 0.11.0), without asking
 * anybody. They exist once the schematic was sent to the factory. PXE scripts of a factory of one's own are on its own
 * host; only the public one has a host for them.
 */
export function imageUrls(choice: FactoryChoice): ImageUrls {
  const { factory, version, secureBoot, architecture } = choice;
  const schematic = schematicId(schematicOf(choice));
  const suffix = secureBoot ? "-secureboot" : "";
  const { kernel, initramfs, uki } = assetNames(choice);
  const asset = (file: string) => `https://${factory}/${assetPath(choice, file)}`;
  const scripts = factory === PUBLIC_FACTORY ? `pxe.${factory}` : factory;
  return {
    schematic,
    installer: `${factory}/metal-installer${suffix}/${schematic}:${version}`,
    iso: asset(`metal-${architecture}${suffix}.iso`),
    diskImage: asset(`metal-${architecture}${suffix}.raw.zst`),
    pxe: `https://${scripts}/pxe/${schematic}/${version}/metal-${architecture}${suffix}`,
    kernel: asset(kernel),
    initramfs: asset(initramfs),
    kernelCommandLine: asset(`cmdline-metal-${architecture}${suffix}`),
    ...(uki === undefined ? {} : { uki: asset(uki) }),
  };
}

const PUBLIC_FACTORY = "factory.talos.dev";
