import * as assert from "node:assert/strict";
import { readResource } from "../resource";
import { DEFAULTS } from "../settings";
import { Target } from "../target";
import { Reader, View } from "../view";
import { TENANT_PROVIDER } from "./examples";
import { isInsideTenant } from "./tenants";

const TYPE = "pulumi:providers:kubernetes";

function inside(provider: unknown, clusters = {}): boolean {
  const props = { metadata: { name: "web", labels: { [DEFAULTS.tenantLabel]: "acme" } } };
  const resource = readResource({ type: "kubernetes:core/v1:ConfigMap", name: "web", props, provider });
  assert.ok(resource !== undefined);
  return isInsideTenant(new Target(resource, new View(props, new Reader()), false), { ...DEFAULTS, clusters });
}

describe("the cluster that a resource goes to", () => {
  const { urn } = TENANT_PROVIDER;
  const ofPlatform = `urn:pulumi:platform.berlin::firmament::${TYPE}::management`;

  it("is the tenant's where its component made the provider, under any name", () => {
    for (const name of ["acme-api", "management", "platform-host", "x"]) {
      assert.equal(inside({ type: TYPE, name, urn }), true, name);
    }
    assert.equal(
      inside({ type: TYPE, name: "x", urn: `urn:pulumi:a::b::my:Cloud$firmament:tenant:Addons$${TYPE}::x` }),
      true,
    );
    assert.equal(inside(`${urn}::1234`), true);
  });

  it("is not the tenant's because a provider is called like one", () => {
    for (const name of ["tenant-acme", "tenants", "acme", "acme-api"]) {
      assert.equal(inside({ type: TYPE, name, urn: ofPlatform }), false, name);
      assert.equal(inside({ type: TYPE, name }), false, name);
    }
    assert.equal(inside({ type: TYPE, name: "firmament:tenant:x", urn: `${ofPlatform}::firmament:tenant:x` }), false);
    assert.equal(inside(undefined), false);
  });

  it("is whose the configuration says the clusterIdentifier is", () => {
    const props = { clusterIdentifier: "east/acme" };
    assert.equal(inside({ type: TYPE, name: "x", props }), false);
    assert.equal(inside({ type: TYPE, name: "x", props }, { "east/acme": "tenant" }), true);
    assert.equal(inside({ type: TYPE, name: "x", urn, props }, { "east/acme": "management" }), false);
  });
});
