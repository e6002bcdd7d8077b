import { providerComponent } from "../../provider-component";

/** Machine configurations of Talos for Machines of clusters. */
export const clusterApiTalos = providerComponent({
  name: "cluster-api-talos",
  description: "Machines that join as Talos: Cluster API's bootstrap provider for it.",
  provides: "cluster-api/talos",
  kind: "BootstrapProvider",
  provider: "talos",
  release: "bootstrap-talos",
  namespace: "cabpt-system",
  prefix: "cabpt-",
  contract: { core: "v1beta1", own: "v1alpha3" },
});
