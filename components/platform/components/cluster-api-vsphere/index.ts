import { providerComponent } from "../../provider-component";

/** Machines of clusters in a vSphere, beside those that the platform runs itself. */
export const clusterApiVsphere = providerComponent({
  name: "cluster-api-vsphere",
  description: "Machines of tenants in a vSphere: Cluster API's infrastructure provider for it.",
  provides: "cluster-api/vsphere",
  kind: "InfrastructureProvider",
  provider: "vsphere",
  release: "infrastructure-vsphere",
  definitions: ["config/default/crd/bases"],
  namespace: "capv-system",
  prefix: "capv-",
  // vCenters answer over TLS
  traffic: { internet: true },
  contract: { core: "v1beta2", own: "v1beta2" },
  // its manifests ask for an account of the provider as a whole: every cluster has its own
  variables: { VSPHERE_USERNAME: "", VSPHERE_PASSWORD: "" },
});
