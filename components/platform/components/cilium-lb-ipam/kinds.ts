import { kind, type Manifest } from "../../../kubernetes/manifest";

export interface LoadBalancerIPPoolSpec {
  readonly blocks: { readonly cidr: string }[];
  /** Whether the first and the last address of a network are given out. */
  readonly allowFirstLastIPs: "Yes" | "No";
}

export interface L2AnnouncementPolicySpec {
  /** Regular expressions of interfaces. */
  readonly interfaces: string[];
  readonly loadBalancerIPs: boolean;
}

/** Addresses for Services of type LoadBalancer. */
export const LoadBalancerIPPool = kind<Manifest<LoadBalancerIPPoolSpec>>("cilium.io/v2", "CiliumLoadBalancerIPPool");

/** Has one node's agent per Service answer ARP for its address. */
export const L2AnnouncementPolicy = kind<Manifest<L2AnnouncementPolicySpec>>(
  "cilium.io/v2alpha1",
  "CiliumL2AnnouncementPolicy",
);

/** Sessions of machines with routers. */
export const BGPClusterConfig = kind<
  Manifest<{
    readonly nodeSelector?: {
      readonly matchExpressions: readonly {
        readonly key: string;
        readonly operator: "In";
        readonly values: string[];
      }[];
    };
    readonly bgpInstances: readonly {
      readonly name: string;
      readonly localASN: number;
      readonly peers: readonly {
        readonly name: string;
        readonly peerASN: number;
        readonly peerAddress: string;
        readonly peerConfigRef: { readonly name: string };
      }[];
    }[];
  }>
>("cilium.io/v2", "CiliumBGPClusterConfig");

/** How sessions with a router are held, and what is announced in them. */
export const BGPPeerConfig = kind<
  Manifest<{
    readonly authSecretRef?: string;
    readonly ebgpMultihop?: number;
    readonly transport: { readonly peerPort: number };
    readonly gracefulRestart: { readonly enabled: boolean };
    readonly families: readonly {
      readonly afi: "ipv4";
      readonly safi: "unicast";
      readonly advertisements: { readonly matchLabels: Readonly<Record<string, string>> };
    }[];
  }>
>("cilium.io/v2", "CiliumBGPPeerConfig");

/** What is announced to routers. */
export const BGPAdvertisement = kind<
  Manifest<{
    readonly advertisements: readonly {
      readonly advertisementType: "Service";
      readonly service: { readonly addresses: "LoadBalancerIP"[] };
      readonly selector: object;
      readonly attributes?: {
        readonly communities?: { readonly standard: string[] };
        readonly localPreference?: number;
      };
    }[];
  }>
>("cilium.io/v2", "CiliumBGPAdvertisement");
