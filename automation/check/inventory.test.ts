import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { inventoryProblems } from "./inventory";
import { readProject, readStackFiles } from "./stack-files";
import { TenantsProject } from "../tenants/tenants.fixture";

describe("the check of an inventory", () => {
  let project: TenantsProject;
  beforeEach(() => (project = new TenantsProject()));
  afterEach(() => project.remove());
  const found = () => {
    const tenants = readStackFiles(readProject(project.root)).filter(({ stack }) => stack.layer === "tenant");
    return inventoryProblems(readProject(project.root), "berlin", tenants).map(
      ({ source, path: where, message }) => `${source} ${where}: ${message}`,
    );
  };

  it("finds nothing where it agrees with the stack files, or where there is none", () => {
    assert.deepEqual(found(), []);
    fs.rmSync(path.join(project.root, "stacks/config/inventory.berlin.yaml"));
    assert.deepEqual(found(), []);
  });

  it("finds networks that differ, tenants that it does not have, and those that have no stack file", () => {
    project.edit("inventory.berlin.yaml", "10.64.0.0/22", "10.64.4.0/22");
    project.edit("inventory.berlin.yaml", /$/, "  globex: { podCidr: 10.200.0.0/19, serviceCidr: 10.70.0.0/22 }\n");
    project.write(
      "Pulumi.tenant.berlin.byhand.yaml",
      "config: { firmament:layer: tenant, firmament:tenant: { network: { podCidr: 10.129.0.0/19, serviceCidr: 10.65.0.0/22 } } }\n",
    );
    const file = "stacks/config/inventory.berlin.yaml";
    assert.deepEqual(found(), [
      `${file} tenants.globex: globex has no stack file; write the file with \`firmament tenant new\`, or free its networks with \`firmament tenant remove tenant.berlin.globex\``,
      `tenant.berlin.acme network.serviceCidr: 10.64.0.0/22 here, 10.64.4.0/22 in ${file}; what is deployed is right, correct the other one`,
      `tenant.berlin.byhand network: ${file} does not have byhand, and could give its networks to another tenant; add tenants.byhand: { podCidr: 10.129.0.0/19, serviceCidr: 10.65.0.0/22 }`,
    ]);
  });

  it("looks at addresses of APIs where it has a pool of them", () => {
    project.edit(
      "Pulumi.tenant.berlin.acme.yaml",
      "      certSANs:",
      "      loadBalancer: { address: 198.51.100.128 }\n      certSANs:",
    );
    assert.deepEqual(found(), []);
    project.edit("inventory.berlin.yaml", "pools:\n", "pools:\n  apiAddress: { networks: [198.51.100.128/25] }\n");
    assert.match(
      found().join("\n"),
      /^tenant\.berlin\.acme controlPlane\.loadBalancer\.address: 198\.51\.100\.128 here, nothing in/,
    );
    project.edit("inventory.berlin.yaml", "10.64.0.0/22 }", "10.64.0.0/22, apiAddress: 198.51.100.128 }");
    assert.deepEqual(found(), []);
  });

  it("finds what contradicts itself", () => {
    project.edit("inventory.berlin.yaml", /$/, "freed: { podCidr: [10.128.0.0/20] }\n");
    const [first = ""] = found();
    assert.match(first, /freed\.podCidr\.0: 10\.128\.0\.0\/20 — must not overlap tenants\.acme\.podCidr/);
  });
});
