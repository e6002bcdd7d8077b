import * as assert from "node:assert/strict";
import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { SecretSetting } from "../../component";
import { at, objectOf, plan } from "../../platform.fixture";

describe("cluster-api-vsphere", () => {
  const components = { "cluster-api-vsphere": { enabled: true } };

  it("is installed by the operator, in the namespace that its own manifests name, once the core is there", () => {
    const planned = plan({ change: { components } });
    const made = objectOf(planned, "InfrastructureProvider-vsphere");
    assert.equal(made.metadata.namespace, "capv-system");
    assert.equal(at(made, "spec.version"), `v${CLUSTER_API_PROVIDERS["infrastructure-vsphere"].version}`);
    assert.ok(planned.stages.find(({ name }) => name === "cluster-api-vsphere")?.after.includes("cluster-api"));
    assert.ok(planned.provided.has("cluster-api/vsphere"));
  });

  it("has no account of its own: its manifests have variables for one, which are empty", () => {
    const planned = plan({ change: { components } });
    assert.deepEqual(at(objectOf(planned, "InfrastructureProvider-vsphere"), "spec.configSecret"), {
      name: "vsphere-variables",
      namespace: "capv-system",
    });
    assert.deepEqual(at(objectOf(planned, "vsphere-variables"), "stringData"), {
      VSPHERE_USERNAME: "",
      VSPHERE_PASSWORD: "",
    });
  });

  it("is downloaded with the token of the others", () => {
    const planned = plan({ change: { components, mirror: { githubToken: true } }, more: { githubToken: "token" } });
    const secret = objectOf(planned, "vsphere-variables");
    assert.deepEqual(at(secret, "stringData.GITHUB_TOKEN"), new SecretSetting("githubToken"));
  });

  it("is not there unless it is asked for", () => {
    assert.throws(() => objectOf(plan(), "InfrastructureProvider-vsphere"), /no object of the plan/);
  });
});
