import { z } from "zod";
import { Cidr } from "../../core/cidr";
import { address, cidr, count } from "../../core/schema";

const FORM = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

/** Name of a link, as the kernel takes it. */
export const linkName = z
  .string()
  .regex(/^(?!\.{1,2}$)[^\s/:%]{1,15}$/, "must be the name of a link like bond0, at most 15 characters");

const ownAddress = z
  .string()
  .refine(isOwnAddress, "must be an address with its prefix length, like 192.0.2.11/24")
  .meta({ pattern: FORM.source });

const bond = z
  .strictObject({
    links: z.array(linkName).min(1).describe("Physical links of the bond; each is listed as a link too."),
    mode: z
      .enum(["active-backup", "802.3ad", "balance-xor", "balance-rr", "balance-tlb", "balance-alb", "broadcast"])
      .describe("802.3ad needs a switch that speaks LACP with these ports; active-backup needs nothing of it."),
  })
  .describe("Makes one link of several. Carriers are watched every 100 ms; 802.3ad spreads by addresses and ports.");

const vlan = z
  .strictObject({
    parent: linkName.describe("Link that carries it: a physical one, a bond or a bridge, listed as a link too."),
    id: count(1, 4094).describe("Number of the VLAN, 1 to 4094."),
  })
  .describe("Makes a link for one VLAN of another link.");

const bridge = z
  .strictObject({
    links: z
      .array(linkName)
      .min(1)
      .describe("Physical links, bonds and VLANs that it joins; each is listed as a link too, without addresses."),
    stp: z
      .boolean()
      .default(false)
      .describe("Whether it speaks the spanning tree protocol: needed where it joins two links into one network."),
    vlanFiltering: z.boolean().default(false).describe("Whether it keeps the VLANs of its ports apart."),
  })
  .describe("Makes a switch of several links, which virtual machines may be attached to.");

const route = z.strictObject({
  destination: cidr.exactOptional().describe("Network that is reached. Everything, when it is left out."),
  gateway: address.describe("Neighbour that forwards, in a network of the link's addresses."),
  metric: count(1, 4_294_967_295).exactOptional().describe("The route with the lowest is taken. Default: 1024."),
});

const link = z.strictObject({
  bond: bond.exactOptional(),
  vlan: vlan.exactOptional(),
  bridge: bridge.exactOptional(),
  mac: z
    .string()
    .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, "must be a MAC address in small letters, like 52:54:00:12:34:56")
    .exactOptional()
    .describe("MAC address of a physical link, where its name is one of yours and not the kernel's."),
  mtu: count(1280, 65_520).exactOptional().describe("Largest packet. Default: 1500; that of the parent for VLANs."),
  dhcp: z.boolean().exactOptional().describe("Whether addresses and routes come from a DHCP server."),
  addresses: z.array(ownAddress).exactOptional().describe("Addresses with their prefix length, like 192.0.2.11/24."),
  routes: z.array(route).exactOptional().describe("Routes through this link."),
});

/** Links by name: physical ones, bonds, VLANs and bridges. */
export const links = z.record(linkName, link);

export type Link = z.output<typeof link>;

function isOwnAddress(text: string): boolean {
  try {
    const network = Cidr.around(text);
    const { first } = Cidr.parse(`${text.split("/")[0]}/32`);
    const reserved = network.prefix < 31 && [network.first, network.last].includes(first);
    return network.prefix > 0 && first > 0 && !reserved;
  } catch {
    return false;
  }
}
