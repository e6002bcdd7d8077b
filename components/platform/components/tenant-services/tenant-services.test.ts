import * as assert from "node:assert/strict";
import { COMPONENTS } from "../../registry";
import { plan } from "../../platform.fixture";
import { RESERVED_DOMAINS, tenantServices } from "./policy";

const objects = () => {
  const stage = plan().stages.find(({ name }) => name === "tenant-services");
  assert.ok(stage !== undefined && "objects" in stage);
  return stage.objects;
};

/** What the expression says of a key, in its own words. */
const isReserved = (key: string) =>
  RESERVED_DOMAINS.some((domain) => key.startsWith(`${domain}/`) || key.includes(`.${domain}/`));

describe("what Services of tenants may ask for", () => {
  it("is refused by the API server where tenants are, and for accounts of their namespaces only", () => {
    const [policy, binding, ...others] = objects();
    assert.ok(policy !== undefined && binding !== undefined && others.length === 0);
    assert.deepEqual(binding.object["spec"], {
      policyName: policy.object.metadata.name,
      validationActions: ["Deny"],
      matchResources: {
        namespaceSelector: { matchExpressions: [{ key: "firmament.example/tenant", operator: "Exists" }] },
      },
    });
    assert.deepEqual(binding.after, [policy.resource]);
    const { failurePolicy, matchConditions } = tenantServices();
    assert.equal(failurePolicy, "Fail");
    assert.deepEqual(
      matchConditions?.map(({ expression }) => expression),
      ["request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')"],
    );
  });

  it("is in force in every platform, unless somebody switches it off", () => {
    assert.notEqual(COMPONENTS.find(({ name }) => name === "tenant-services")?.enabledByDefault, false);
    const change = { components: { "tenant-services": { enabled: false } } };
    assert.ok(!plan({ change }).stages.some(({ name }) => name === "tenant-services"));
  });

  for (const key of [
    "metallb.io/address-pool",
    "metallb.io/loadBalancerIPs",
    "metallb.io/allow-shared-ip",
    "metallb.universe.tf/address-pool",
    "lbipam.cilium.io/ips",
    "lbipam.cilium.io/sharing-key",
    "service.cilium.io/global",
    "io.cilium/lb-ipam-ips",
    "external-dns.alpha.kubernetes.io/hostname",
  ]) {
    it(`has no annotation ${key}`, () => assert.ok(isReserved(key)));
  }

  for (const key of ["example.com/owner", "kubectl.kubernetes.io/last-applied-configuration", "notmetallb.io/pool"]) {
    it(`may have the annotation ${key}`, () => assert.ok(!isReserved(key)));
  }

  it("names each domain in the expression that the API server evaluates", () => {
    const { variables = [], validations } = tenantServices();
    const { expression = "" } = variables.find(({ name }) => name === "reserved") ?? {};
    for (const domain of RESERVED_DOMAINS) assert.ok(expression.includes(`'${domain}'`), domain);
    for (const field of ["loadBalancerIP", "externalIPs", "loadBalancerClass"]) {
      assert.ok(
        validations.some(({ expression: each }) => each.includes(`object.spec.${field}`)),
        field,
      );
    }
  });
});
