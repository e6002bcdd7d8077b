import { providerComponent } from "../../provider-component";

/** Gives Machines addresses that nothing else keeps a list of. */
export const clusterApiAddresses = providerComponent({
  name: "cluster-api-addresses",
  description: "Addresses of Machines out of pools that are objects (Cluster API's in-cluster IPAM provider).",
  provides: "cluster-api/addresses",
  kind: "IPAMProvider",
  provider: "in-cluster",
  release: "ipam-in-cluster",
  namespace: "capi-ipam-in-cluster-system",
  prefix: "capi-ipam-in-cluster-",
  contract: { core: "v1beta1", own: "v1alpha2" },
});
