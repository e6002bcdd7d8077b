import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ComponentSandbox } from "../../sandbox";

const BUNDLE = "cluster-api-ipam-in-cluster";

/** The provider's kinds, and no manager: its objects are accepted and nothing comes of them. */
export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: {
    what: "the provider's kinds are served, its manager does not run",
    why: "the sandbox builds no manager of it",
  },
  crds: [
    {
      bundle: BUNDLE,
      module: CRD_MODULES["ipam-in-cluster"],
      from: ["config/crd/bases"],
      labels: { "cluster.x-k8s.io/v1beta1": "v1alpha2", "cluster.x-k8s.io/provider": "ipam-in-cluster" },
    },
  ],
  providers: [
    {
      kind: "IPAMProvider",
      name: "in-cluster",
      bundle: BUNDLE,
      version: `v${CLUSTER_API_PROVIDERS["ipam-in-cluster"].version}`,
      contract: "v1beta1",
      prefix: "capi-ipam-in-cluster-",
      label: "ipam-in-cluster",
    },
  ],
};
