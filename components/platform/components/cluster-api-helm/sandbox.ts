import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ComponentSandbox } from "../../sandbox";

const BUNDLE = "cluster-api-addon-helm";

/** The provider's kinds, and no manager: charts are not installed. */
export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundle: BUNDLE,
      module: CRD_MODULES["addon-helm"],
      from: ["config/crd/bases"],
      labels: { "cluster.x-k8s.io/v1beta2": "v1alpha1", "cluster.x-k8s.io/provider": "addon-helm" },
    },
  ],
  providers: [
    {
      kind: "AddonProvider",
      name: "helm",
      bundle: BUNDLE,
      version: `v${CLUSTER_API_PROVIDERS["addon-helm"].version}`,
      contract: "v1beta2",
      prefix: "caaph-",
      label: "addon-helm",
    },
  ],
};
