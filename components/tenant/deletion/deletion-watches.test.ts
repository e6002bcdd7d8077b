import * as assert from "node:assert/strict";
import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import { only, type Registration, run } from "../../../test/support/registrations";
import { planTenant } from "../tenant-plan";
import { PlannedTenant } from "../tenant-resources";
import { tenantOf, world } from "../tenant.fixture";

const COMMAND = "command:local:Command";
const client = { host: "https://192.0.2.10:6443", caCertificate: "ca", clientCertificate: "crt", clientKey: "key" };

async function deployed(): Promise<readonly Registration[]> {
  const { resources } = await run(() => {
    // it takes longer to be there than the tenant's own component
    const before = new k8s.Provider("before", {});
    const kubernetes = new k8s.Provider("management", {}, { dependsOn: [before] });
    const witness = { commands: new command.Provider("local"), client };
    new PlannedTenant("acme", planTenant(tenantOf()), { providers: { kubernetes } }, witness);
  }, world);
  return resources;
}

/**
 * Steps of a `pulumi destroy`, the last one first, as the engine (Pulumi 3.259) makes them: something is deleted in the step
 * before the first of what it depends on, which are its parent and its provider too. A step begins when the one before
 * has ended.
 */
function steps(resources: readonly Registration[]): Map<string, number> {
  const found = new Map<string, number>();
  const stepOf = (name: string): number => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const { dependsOn, parent, provider, deletedWith } = only(
      resources.filter((each) => each.name === name),
      resources.find((each) => each.name === name)?.type ?? name,
    );
    const before = [...dependsOn, parent, provider, deletedWith].filter((each) => each !== undefined);
    const step = Math.max(-1, ...before.map(stepOf)) + 1;
    found.set(name, step);
    return step;
  };
  resources.filter(({ name }) => name !== "").forEach(({ name }) => stepOf(name));
  return found;
}

describe("what looks on while a tenant is deleted", () => {
  it("is deleted beside the Cluster, and beside the namespace after it", async () => {
    const resources = await deployed();
    const at = steps(resources);
    assert.equal(at.get("acme-deletion"), at.get("acme-cluster"));
    assert.equal(at.get("acme-namespace-deletion"), at.get("acme-namespace"));
    assert.ok((at.get("acme-namespace") ?? 0) < (at.get("acme-cluster") ?? 0));
    const dependencies = (name: string) => [...(resources.find((each) => each.name === name)?.dependsOn ?? [])].sort();
    assert.deepEqual(dependencies("acme-deletion"), dependencies("acme-cluster"));
    assert.ok(dependencies("acme-deletion").includes("acme-quota"));
  });

  it("waits for the end of the one beside it, and no longer than the engine does", async () => {
    const resources = await deployed();
    const environment = (name: string) =>
      only(resources, COMMAND, name).inputs["environment"] as Readonly<Record<string, string>>;
    assert.equal(
      environment("acme-deletion")["KUBE_UNTIL"],
      "/apis/cluster.x-k8s.io/v1beta2/namespaces/tenant-acme/clusters/acme",
    );
    assert.equal(environment("acme-namespace-deletion")["KUBE_UNTIL"], "/api/v1/namespaces/tenant-acme");
    const cluster = resources.find(({ name }) => name === "acme-cluster");
    assert.equal(cluster?.customTimeouts.delete, `${Number(environment("acme-deletion")["KUBE_SECONDS"]) / 60}m`);
    for (const name of ["acme-deletion", "acme-namespace-deletion"]) {
      assert.equal(environment(name)["KUBE_NAMESPACE"], "tenant-acme");
    }
  });
});
