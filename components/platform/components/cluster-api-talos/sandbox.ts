import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ComponentSandbox } from "../../sandbox";

const BUNDLE = "cluster-api-bootstrap-talos";

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
      module: CRD_MODULES["bootstrap-talos"],
      from: ["config/crd/bases"],
      labels: { "cluster.x-k8s.io/v1beta1": "v1alpha3", "cluster.x-k8s.io/provider": "bootstrap-talos" },
    },
  ],
  providers: [
    {
      kind: "BootstrapProvider",
      name: "talos",
      bundle: BUNDLE,
      version: `v${CLUSTER_API_PROVIDERS["bootstrap-talos"].version}`,
      contract: "v1beta1",
      prefix: "cabpt-",
      label: "bootstrap-talos",
    },
  ],
};
