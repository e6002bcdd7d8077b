import type { Cidr } from "../../components/core/cidr";
import { address } from "../../components/core/schema";
import type { BaseSettings } from "../../components/talos/settings";
import type { BootedMachine } from "./booted";
import { bootAssets } from "./ipxe";
import type { BootServer } from "./server";

/** Boot loaders, as Debian's package ipxe names them. The second uses the network card by the firmware's own driver. */
export const LOADERS = { bios: "undionly.kpxe", uefi: "snponly.efi" } as const;

/**
 * The configuration of dnsmasq (2.90).
 *
 * Firmware gets iPXE, by what it says that it is (option 93: 0 is BIOS, 7 and 9 are UEFI, 16 is UEFI over HTTP), iPXE its
 * script. A machine is known by its MAC address; nobody else is answered, whatever name it gives itself.
 */
export function dnsmasqConfig(settings: BaseSettings, server: BootServer, machines: readonly BootedMachine[]): string {
  return [
    "# DHCP and TFTP for booting machines. Made by `firmament boot`, started by dnsmasq.sh.",
    "port=0",
    `interface=${server.interface}`,
    "bind-interfaces",
    "log-dhcp",
    "enable-tftp",
    "",
    ...(server.proxy ? proxied(settings) : leases(settings, server)),
    "",
    "# nobody but the machines below",
    "dhcp-ignore=tag:!known",
    "",
    "dhcp-match=set:bios,option:client-arch,0",
    "dhcp-match=set:uefi,option:client-arch,7",
    "dhcp-match=set:uefi,option:client-arch,9",
    "dhcp-match=set:http,option:client-arch,16",
    "dhcp-userclass=set:ipxe,iPXE",
    ...loaders(server),
    ...machines.flatMap((machine) => ["", ...ofMachine(machine, server)]),
    "",
  ].join("\n");
}

/** Machines get the addresses that the stack file says; what it does not say is not told by dnsmasq either. */
function leases({ network }: BaseSettings, { gateway = "" }: BootServer): string[] {
  const numbers = (hosts: readonly string[] = []) => hosts.filter((host) => address.safeParse(host).success);
  const option = (name: string, values: readonly string[]) => `dhcp-option=${[`option:${name}`, ...values].join(",")}`;
  return [
    ...network.nodeCidrs.map((cidr) => `dhcp-range=${networkOf(cidr)},static,${maskOf(cidr)},1h`),
    option("router", gateway === "" ? [] : [gateway]),
    option("dns-server", network.nameServers ?? []),
    ...(numbers(network.timeServers).length === 0 ? [] : [option("ntp-server", numbers(network.timeServers))]),
  ];
}

/** Another server gives addresses, this one only what to boot. */
function proxied({ network }: BaseSettings): string[] {
  return [
    ...network.nodeCidrs.map((cidr) => `dhcp-range=${networkOf(cidr)},proxy,${maskOf(cidr)}`),
    // without it clients of UEFI over HTTP are not answered
    "dhcp-pxe-vendor=PXEClient,HTTPClient",
  ];
}

function loaders({ proxy }: BootServer): string[] {
  if (proxy) {
    return [
      `pxe-service=tag:bios,tag:!ipxe,x86PC,iPXE,${LOADERS.bios}`,
      `pxe-service=tag:uefi,tag:!ipxe,X86-64_EFI,iPXE,${LOADERS.uefi}`,
      `pxe-service=tag:uefi,tag:!ipxe,BC_EFI,iPXE,${LOADERS.uefi}`,
    ];
  }
  return [
    `dhcp-boot=tag:bios,tag:!ipxe,${LOADERS.bios}`,
    `dhcp-boot=tag:uefi,tag:!ipxe,${LOADERS.uefi}`,
    // firmware takes an answer to UEFI over HTTP by this word
    "dhcp-option-force=tag:http,tag:!ipxe,60,HTTPClient",
  ];
}

function ofMachine(machine: BootedMachine, { proxy, http, assets }: BootServer): string[] {
  const { name, mac, address, image } = machine;
  const [uki = ""] = bootAssets(machine);
  // firmware that checks signatures refuses iPXE, which has none of its keys
  // a machine may be called like a kind of firmware
  const tag = `machine-${name}`;
  const first = image.secureBoot ? `${assets}/${uki}` : `${http}/${LOADERS.uefi}`;
  const script = `${http}/${name}.ipxe`;
  return [
    `dhcp-host=${mac},set:${tag}${proxy ? "" : `,${address}`}`,
    `dhcp-boot=tag:http,tag:!ipxe,tag:${tag},${first}`,
    `dhcp-boot=tag:ipxe,tag:${tag},${script}`,
    // beside another server, iPXE on BIOS asks for its script once more, and gets it by a line of this kind only
    ...(proxy ? [`pxe-service=tag:ipxe,tag:${tag},x86PC,iPXE,${script}`] : []),
  ];
}

function networkOf(cidr: Cidr): string {
  return String(cidr).split("/")[0] ?? "";
}

function maskOf({ prefix }: Cidr): string {
  const bits = 2 ** 32 - 2 ** (32 - prefix);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join(".");
}
