import type { Booted } from "./booted";
import { LOADERS } from "./dnsmasq";
import type { BootServer } from "./server";

/** Last line of the bundle's README.md: a folder that has it may be written over. */
export const MARK = "<!-- Written by `firmament boot`; changes here are lost. -->";

/** What to do with the bundle, for the person who starts it. */
export function readme(cloud: string, server: BootServer, { machines, left }: Booted): string {
  const { address, port, http, proxy, assets } = server;
  const sealed = machines.filter(({ image }) => image.secureBoot);
  return [
    `# Boot the machines of ${cloud}`,
    "",
    `On the host that has ${address} at its link ${server.interface}:`,
    "",
    "```",
    ...(assets === http
      ? ["./download.sh                                 # once: kernel and initramfs, into http/image"]
      : []),
    `python3 -m http.server ${port} --bind ${address} --directory http   # or another server of files`,
    "./dnsmasq.sh                                  # as root: DHCP and TFTP",
    "```",
    "",
    "Everybody must be able to read the folder: dnsmasq reads it as a user of its own.",
    "",
    proxy
      ? "Another DHCP server gives the addresses; dnsmasq adds what to boot. Machines must get the addresses of the stack file from it."
      : "dnsmasq is the DHCP server of these machines, and of nobody else. Another one in the same network gets in its way: use --proxy then.",
    "",
    "Switch on boot from the network in the firmware (PXE, or UEFI HTTP boot), after the disk in its order: an installed",
    "machine starts from its disk. A machine of this table starts Talos and waits in maintenance mode for `pulumi up`; a machine",
    "that is not in it gets no answer.",
    "",
    "| machine | MAC address | address | Talos |",
    "| --- | --- | --- | --- |",
    ...machines.map(({ name, mac, address: own, image }) => `| ${name} | ${mac} | ${own} | ${image.version} |`),
    "",
    ...left.flatMap(({ name, reason }) => [`Not here: ${name}, ${reason}.`, ""]),
    ...(sealed.length === 0
      ? []
      : [
          `With Secure Boot: ${sealed.map(({ name }) => name).join(", ")}. They start one signed program over UEFI HTTP boot. By PXE`,
          `they start ${LOADERS.uefi} first, which is not signed: only while the firmware is in setup mode.`,
          "",
        ]),
    "Files: `dnsmasq.conf`; `tftp/` and `http/` with iPXE, a script per machine and, after the download, what they load.",
    "",
    MARK,
    "",
  ].join("\n");
}
