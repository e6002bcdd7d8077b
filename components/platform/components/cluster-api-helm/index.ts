import { providerComponent } from "../../provider-component";

/** Installs charts of customers into their clusters. */
export const clusterApiHelm = providerComponent({
  name: "cluster-api-helm",
  description: "Charts that tenants ask for, installed into their clusters by Cluster API's Helm add-on provider.",
  provides: "cluster-api/helm",
  kind: "AddonProvider",
  provider: "helm",
  release: "addon-helm",
  namespace: "caaph-system",
  prefix: "caaph-",
  traffic: { internet: true },
  contract: { core: "v1beta2", own: "v1alpha1" },
});
