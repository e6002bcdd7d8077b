import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../../kubernetes/manifest";

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
export class IPAddressPool extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<IPAddressPoolSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion, kind: "IPAddressPool", metadata, spec }, opts);
  }
}

/** Answers ARP for addresses of pools: they must lie in the network of the machines. */
export class L2Advertisement extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<L2AdvertisementSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion, kind: "L2Advertisement", metadata, spec }, opts);
  }
}
