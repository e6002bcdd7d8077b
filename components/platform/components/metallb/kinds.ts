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

export interface BGPPeerSpec {
  readonly myASN: number;
  readonly peerASN: number;
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly ebgpMultiHop?: boolean;
  /** Secret of type kubernetes.io/basic-auth with the password of its sessions. */
  readonly passwordSecret?: { readonly name: string };
  /** Machines that peer with it. Default: all. */
  readonly nodeSelectors?: readonly {
    readonly matchExpressions: readonly { readonly key: string; readonly operator: "In"; readonly values: string[] }[];
  }[];
}

export interface BGPAdvertisementSpec {
  readonly ipAddressPools: string[];
  readonly communities?: string[];
  readonly localPref?: number;
}

/** Addresses for Services of type LoadBalancer. */
export const IPAddressPool = kind<Manifest<IPAddressPoolSpec>>(apiVersion, "IPAddressPool");

/** Answers ARP for addresses of pools: they must lie in the network of the machines. */
export const L2Advertisement = kind<Manifest<L2AdvertisementSpec>>(apiVersion, "L2Advertisement");

/** A router that speakers have a session with. */
export const BGPPeer = kind<Manifest<BGPPeerSpec>>("metallb.io/v1beta2", "BGPPeer");

/** Announces addresses of pools to routers. */
export const BGPAdvertisement = kind<Manifest<BGPAdvertisementSpec>>(apiVersion, "BGPAdvertisement");
