import * as assert from "node:assert/strict";
import { run } from "../../test/support/registrations";
import type { TenantClusterArgs } from "./args.generated";
import { planAccess } from "./access-plan";
import { planTenant } from "./tenant-plan";
import { PlannedTenant } from "./tenant-resources";
import { tenantOf, world } from "./tenant.fixture";

const access = { administrators: ["acme-ops", "acme-leads"], viewers: ["acme-dev"], observers: ["acme-ops"] };

describe("access of a tenant's customer", () => {
  it("is nobody's where nobody is named", () => {
    assert.deepEqual(planAccess(tenantOf()), {});
  });

  it("is that of Kubernetes' own roles in the tenant's API", () => {
    const objects = planAccess(tenantOf({ access })).cluster?.objects ?? [];
    assert.deepEqual(
      objects.map(({ object }) => {
        const { kind, metadata, roleRef, subjects } = object as unknown as Record<string, never> & {
          metadata: object;
          roleRef: { name: string };
          subjects: { name: string }[];
        };
        return [kind, metadata, roleRef.name, subjects.map(({ name }) => name)];
      }),
      [
        ["ClusterRoleBinding", { name: "customer-administrators" }, "cluster-admin", ["acme-leads", "acme-ops"]],
        ["ClusterRoleBinding", { name: "customer-viewers" }, "view", ["acme-dev"]],
      ],
    );
  });

  it("is to read in the tenant's namespace of the management cluster, and no keys", () => {
    const [role, binding] = (planAccess(tenantOf({ access })).management?.objects ?? []).map(({ object }) => object);
    assert.deepEqual([role?.kind, binding?.kind], ["Role", "RoleBinding"]);
    for (const object of [role, binding]) assert.equal(object?.metadata.namespace, "tenant-acme");
    const { rules } = role as unknown as { rules: { resources: string[]; verbs: string[] }[] };
    for (const { resources, verbs } of rules) {
      assert.deepEqual(verbs, ["get", "list", "watch"]);
      for (const closed of ["secrets", "configmaps", "pods", "pods/log", "*"]) assert.ok(!resources.includes(closed));
    }
  });

  it("is given through the API that it is for", async () => {
    const { resources } = await run(() => void new PlannedTenant("acme", planTenant(tenantOf({ access }))), world);
    const providerOf = (name: string) => resources.find((each) => each.name === name)?.provider;
    assert.deepEqual(["acme-customer-administrators", "acme-customer-viewers"].map(providerOf), [
      "acme-api",
      "acme-api",
    ]);
    assert.notEqual(providerOf("acme-customer-observers"), "acme-api");
    assert.ok(resources.some(({ name }) => name === "acme-customer-observers-role"));
  });

  const refused: Record<string, [NonNullable<TenantClusterArgs["access"]>, string]> = {
    "whoever no rule binds": [
      { administrators: ["system:masters"] },
      "tenant.access.administrators.0: system:masters — must be a group of the customer's, none of Kubernetes itself; name a group as the authentication of users gives it",
    ],
    "everybody who has logged in": [
      { observers: ["acme-ops", "system:authenticated"] },
      "tenant.access.observers.1: system:authenticated — must be a group of the customer's, none of Kubernetes itself; name a group as the authentication of users gives it",
    ],
    "a group twice": [
      { viewers: ["acme-dev", "acme-dev"] },
      "tenant.access.viewers.1: acme-dev — must be there once; remove it",
    ],
    "a group without a name": [{ viewers: [""] }, 'tenant.access.viewers.0: "" — must name a group; correct it'],
  };
  for (const [what, [given, message]] of Object.entries(refused)) {
    it(`is refused to ${what} with one message`, () => {
      assert.throws(() => tenantOf({ access: given }), {
        name: "InvalidInput",
        message: `tenant acme cannot be used:\n  ${message}`,
      });
    });
  }
});
