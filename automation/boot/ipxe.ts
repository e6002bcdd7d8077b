import { kernelCommandLine } from "../../components/talos/image/kernel-arguments";
import { assetNames, assetPath } from "../../components/talos/image/urls";
import type { BootedMachine } from "./booted";

/**
 * What iPXE does on a machine.
 *
 * - initrd= names the initramfs to a kernel that UEFI starts: with the iPXE of Debian 12 it starts without one otherwise,
 *   and Talos does not run. On BIOS it does no harm.
 * - An image for Secure Boot is one program with its arguments inside, which are signed too.
 *
 * @param assets URL without a slash at the end.
 */
export function ipxeScript({ name, mac, image }: BootedMachine, assets: string): string {
  const { kernel, initramfs, uki } = assetNames(image);
  const url = (file: string) => `${assets}/${assetPath(image, file)}`;
  const lines =
    uki === undefined
      ? [`kernel ${url(kernel)} initrd=${initramfs} ${kernelCommandLine(image).join(" ")}`, `initrd ${url(initramfs)}`]
      : [`kernel ${url(uki)}`];
  return ["#!ipxe", `# ${name}, ${mac}: Talos ${image.version}`, ...lines, "boot", ""].join("\n");
}

/** Files that a machine loads, as the factory names them. */
export function bootAssets({ image }: BootedMachine): string[] {
  const { kernel, initramfs, uki } = assetNames(image);
  return (uki === undefined ? [kernel, initramfs] : [uki]).map((file) => assetPath(image, file));
}
