import { z } from "zod";
import { hostPort, name } from "../../core/schema";

/**
 * Letters, digits and what values of kernel arguments are made of. Spaces would make two of one; quotes, $ and ; mean
 * something else to each of the boot loaders that the text goes through (iPXE, GRUB).
 */
const ARGUMENT = /^-?[A-Za-z][A-Za-z0-9_.-]*(=[A-Za-z0-9_.,:/@%+=~*()[\]-]*)?$/;

export const extensions = z.array(
  z.string().regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._-]*$/, "must be an extension like siderolabs/drbd"),
);

const fields = {
  version: z
    .string()
    .regex(/^v1\.1[234]\.\d{1,3}(-(alpha|beta|rc)\.\d{1,3})?$/, "must be a release of Talos like v1.13.0")
    .describe("Release of Talos that is installed, e.g. v1.13.0."),
  extensions: extensions.describe(
    "System extensions, as the image factory names them: drivers, firmware, microcode. The platform's storage needs " +
      "siderolabs/drbd, and siderolabs/zfs where its pool is on ZFS. Their order means nothing: the schematic has them sorted.",
  ),
  kernelArguments: z
    .array(
      z
        .string()
        .regex(
          ARGUMENT,
          "must be one kernel argument like console=ttyS0 or intel_iommu=on, without spaces and quotes; -name takes one away",
        ),
    )
    .describe("Kernel arguments beside those of Talos, in this order; -name takes one of Talos' own away."),
  secureBoot: z
    .boolean()
    .describe("Whether the machines boot with Secure Boot: the installer and everything to boot from are signed."),
  bootloader: z
    .enum(["sd-boot", "grub", "dual-boot"])
    .describe(
      "Boot loader of the disk image. The factory chooses when it is left out: systemd-boot where there is UEFI.",
    ),
  architecture: z.enum(["amd64", "arm64"]).describe("Processors of the machines."),
};

/** What an image factory makes the machines' system of. */
export const factoryImage = z
  .strictObject({
    factory: hostPort
      .default("factory.talos.dev")
      .describe("Image factory that makes the images: host, or host:port. It is reached over https."),
    version: fields.version,
    extensions: fields.extensions,
    kernelArguments: fields.kernelArguments.default([]),
    secureBoot: fields.secureBoot.default(false),
    bootloader: fields.bootloader.exactOptional(),
    architecture: fields.architecture.default("amd64"),
  })
  .describe(
    "The image of the machines, made by the image factory. Its schematic's id and all that is named by it, installer, " +
      "ISO, PXE script, disk image, kernel, are computed and published as the output `images`. `firmament image` shows them, and " +
      "makes the schematic known to the factory. Instead of `installer` and `extensions`.",
  );

/** Differences from it, by class of machines. */
export const imageClasses = z
  .record(
    name,
    z.strictObject({
      version: fields.version.exactOptional(),
      extensions: fields.extensions.exactOptional(),
      kernelArguments: fields.kernelArguments.exactOptional(),
      secureBoot: fields.secureBoot.exactOptional(),
      bootloader: fields.bootloader.exactOptional(),
      architecture: fields.architecture.exactOptional(),
    }),
  )
  .default({})
  .describe(
    "Classes of machines with an image of their own, e.g. those with GPUs. What a class says takes the place of what " +
      "`image` says, lists as a whole; the rest is the same.",
  );

export type FactoryImage = z.output<typeof factoryImage>;
