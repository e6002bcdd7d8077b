import { kind, type Manifest } from "../../../kubernetes/manifest";

const apiVersion = "metallb.io/v1beta1";

export interface IPAddressPoolSpec {
  /** Networks (192.0.2.0/24) or ranges (192.0.2.10-192.0.2.20). */
  readonly addresses: string[];
  /** Leave the addresses that end in 0 and 255 alone: some routers drop them. */
  readonly avoidBuggyIPs: boolean;
}

export interface L2AdvertisementSpec {
  readonly ipAddressPools: string[];
}

/** Addresses for Services of type LoadBalancer. */
export const IPAddressPool = kind<Manifest<IPAddressPoolSpec>>(apiVersion, "IPAddressPool");

/** Answers ARP for addresses of pools: they must lie in the network of the machines. */
export const L2Advertisement = kind<Manifest<L2AdvertisementSpec>>(apiVersion, "L2Advertisement");
