import { z } from "zod";
import { address, cidr, domain } from "../../core/schema";
import { linkName, links } from "./links";

const ONE_NETWORK = "must be one network: Kubernetes takes one per IP family, and only IPv4 is supported";

const firewall = z
  .strictObject({
    admins: z
      .array(cidr)
      .default([])
      .describe("Networks of people and pipelines. They reach the Kubernetes and the Talos API."),
    inside: z
      .array(cidr)
      .default([])
      .describe("Networks of the cloud beside those of the machines, e.g. the platform's pods. They reach everything."),
  })
  .describe("Who may connect to the machines from outside. Everybody when it is left out.");

const vip = z
  .strictObject({
    address: address.describe("The address: in the node network, of no machine."),
    link: linkName.describe("Link of the node network, by the same name on every control plane."),
  })
  .describe("Address that the control planes share: one of them answers for it (ARP), another when it is gone.");

/** Networks of the machines and of the cluster. */
export const network = z
  .strictObject({
    nodeCidrs: z.array(cidr).min(1).describe("Networks of the machines themselves."),
    podCidrs: z
      .array(cidr)
      .min(1)
      .max(1, ONE_NETWORK)
      .describe("Network that Talos slices for the nodes; pods get their addresses from the platform's pod network."),
    serviceCidrs: z
      .array(cidr)
      .min(1)
      .max(1, ONE_NETWORK)
      .describe("Network of the Services of the management cluster, /29 or larger."),
    dnsDomain: domain.default("cluster.local").describe("DNS domain of the management cluster's Services."),
    links: links
      .exactOptional()
      .describe(
        "Links of every machine, by name; machines add their addresses under `links` of their own. " +
          "When no links are given, every physical one asks a DHCP server.",
      ),
    nameServers: z
      .array(address)
      .min(1)
      .exactOptional()
      .describe("DNS servers of the machines. Those that DHCP names, or public ones, when it is left out."),
    timeServers: z
      .array(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, "must be a host name or an address"))
      .min(1)
      .exactOptional()
      .describe(
        "Time servers (NTP) of the machines. One on the internet when it is left out: " +
          "where machines do not reach it they wait for ever, and neither etcd nor kubelet starts.",
      ),
    vip: vip.exactOptional(),
    firewall: firewall.exactOptional(),
  })
  .describe("Networks of the management cluster. None may overlap another.");
