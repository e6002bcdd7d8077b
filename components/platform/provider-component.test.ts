import * as assert from "node:assert/strict";
import { CLUSTER_API_PROVIDERS } from "../../versions/cluster-api";
import { enabledComponents } from "./settings";
import { at, objectOf, parsed, plan } from "./platform.fixture";

/** Those that are components by themselves: what the operator is given, and what the provider's own manifests say. */
const PROVIDERS = [
  {
    component: "cluster-api-helm",
    resource: "AddonProvider-helm",
    namespace: "caaph-system",
    release: CLUSTER_API_PROVIDERS["addon-helm"],
    label: ["cluster.x-k8s.io/v1beta2", "v1alpha1"],
  },
  {
    component: "cluster-api-talos",
    resource: "BootstrapProvider-talos",
    namespace: "cabpt-system",
    release: CLUSTER_API_PROVIDERS["bootstrap-talos"],
    label: ["cluster.x-k8s.io/v1beta1", "v1alpha3"],
  },
  {
    component: "cluster-api-addresses",
    resource: "IPAMProvider-in-cluster",
    namespace: "capi-ipam-in-cluster-system",
    release: CLUSTER_API_PROVIDERS["ipam-in-cluster"],
    label: ["cluster.x-k8s.io/v1beta1", "v1alpha2"],
  },
] as const;

describe("providers of Cluster API that are components", () => {
  for (const { component, resource, namespace, release, label } of PROVIDERS) {
    const change = { components: { [component]: { enabled: true } } };

    it(`${component} is installed by the operator, in the namespace of its own manifests, once the core is there`, () => {
      const planned = plan({ change });
      const made = objectOf(planned, resource);
      assert.equal(made.metadata.namespace, namespace);
      assert.equal(at(made, "spec.version"), `v${release.version}`);
      assert.ok(planned.stages.find(({ name }) => name === component)?.after.includes("cluster-api"));
    });

    it(`${component} is not there unless it is asked for`, () => {
      assert.throws(() => objectOf(plan(), resource), /no object of the plan/);
    });

    it(`${component} has its kinds in a sandbox that asks for it, with the contract that the core looks for`, () => {
      const sandbox = enabledComponents(parsed(change)).find(({ name }) => name === component)?.sandbox;
      assert.equal(sandbox?.onRequest, true);
      const [crds] = sandbox.crds ?? [];
      assert.ok(crds !== undefined && "module" in crds);
      assert.equal(crds.module.path, release.module);
      assert.equal(crds.labels?.[label[0]], label[1]);
      assert.deepEqual(
        sandbox.providers?.map(({ kind, name, bundle }) => [`${kind}-${name}`, bundle]),
        [[resource, crds.bundle]],
      );
    });
  }
});
