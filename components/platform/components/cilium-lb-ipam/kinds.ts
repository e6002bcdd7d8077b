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
