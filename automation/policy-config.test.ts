import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ADDONS } from "../components/tenant/addons";
import type { Component } from "../components/platform/component";
import { COMPONENTS } from "../components/platform/registry";
import { inProject, section } from "./check/check.fixture";
import { componentPolicies } from "./check/component-policies";
import { policyConfig } from "./policy-config";

const isDefault = ({ enabledByDefault = true }: Component) => enabledByDefault;
import { readChartLock } from "../components/platform/charts/lock";
import { settingsFrom } from "../policies/settings";
import { PACKAGE_ROOT } from "../components/core/package-root";

describe("the configuration of the rules for the engine", () => {
  const configOf = (cloud: string) => {
    const { firmament } = JSON.parse(policyConfig(PACKAGE_ROOT, cloud)) as { firmament: Record<string, unknown> };
    return settingsFrom(firmament);
  };

  it("is what the pack accepts, with the cloud's own file on top of the common one", () => {
    const [common, sandbox] = [configOf("berlin"), configOf("sandbox")];
    assert.equal(sandbox.tier, "development");
    assert.ok(common.exemptions.length > 0);
    const known = new Set(common.exemptions.map((each) => JSON.stringify(each)));
    assert.ok(sandbox.exemptions.some((each) => !known.has(JSON.stringify(each))));
  });

  it("has what the components of the cloud state themselves, in every cloud", () => {
    // no tenant of the sandbox has volumes, or what is off by default in others; of berlin nothing is known
    const everywhere = ADDONS.filter(({ name }) => name !== "csi" && name !== "vsphereCloudController").map(
      (addon) => ({
        ...addon,
        objectExemptions: (addon.objectExemptions ?? []).filter(({ setting }) => setting?.default !== false),
      }),
    );
    for (const [cloud, addons] of [
      ["berlin", ADDONS],
      ["sandbox", everywhere],
    ] as const) {
      const { privilegedNamespaces, apiClients, exemptions } = configOf(cloud);
      const own = componentPolicies(COMPONENTS.filter(isDefault), addons, "production");
      assert.ok(own.exemptions.length > 0 && own.apiClients.length > 0 && own.privilegedNamespaces.length > 0);
      assert.deepEqual(privilegedNamespaces, own.privilegedNamespaces);
      assert.deepEqual(apiClients, own.apiClients);
      for (const each of own.exemptions) {
        assert.ok(exemptions.some(({ rule, selector }) => rule === each.rule && selector.name === each.selector.name));
      }
    }
  });

  it("names the charts that the lock pins by their content, and no other", () => {
    const { chartLock } = configOf("berlin").params["helm-verify"] as { chartLock: Record<string, unknown> };
    const pinned = Object.entries(readChartLock(PACKAGE_ROOT)).filter(([, { digest }]) => digest !== undefined);
    assert.ok(pinned.length > 0);
    assert.deepEqual(
      chartLock,
      Object.fromEntries(pinned.map(([name, { version, digest }]) => [name, { version, digest }])),
    );
  });

  // the engine asks for a remediation where its own configuration of a policy says so, never because of the pack's
  // (@pulumi/policy 1.21, server.js)
  it("sets rules of level remediate to remediate in the engine, and only those", async () => {
    const levels = "{ pss-seccomp-restricted: remediate, sc-reclaim: advisory, rootfs-read-only: disabled }";
    await inProject(
      () => undefined,
      (root) => {
        const policies = path.join(root, "stacks", "config", "policies.berlin.yaml");
        fs.writeFileSync(policies, `levels: ${levels}`);
        const { firmament, ...ofEngine } = JSON.parse(policyConfig(root, "berlin")) as Record<string, object>;
        assert.deepEqual(ofEngine, { "pss-seccomp-restricted": "remediate" });
        assert.deepEqual(settingsFrom(firmament ?? {}).levels, {
          "pss-seccomp-restricted": "remediate",
          "sc-reclaim": "advisory",
          "rootfs-read-only": "disabled",
        });
      },
    );
  });

  it("names the endpoint that a load balancer of the site answers at, where the base stack says that there is one", () =>
    inProject(
      (files) => {
        const base = section(files, "base.sandbox");
        Object.assign(base, { endpoint: "https://198.51.100.7:443", externalEndpoint: true });
      },
      (root) => {
        const { firmament } = JSON.parse(policyConfig(root, "sandbox")) as { firmament: object };
        assert.deepEqual(settingsFrom(firmament).params["talos-endpoint"], { external: ["198.51.100.7"] });
        assert.equal(configOf("sandbox").params["talos-endpoint"], undefined);
      },
    ));

  it("says which releases were looked at, beside what the cloud says of them", () => {
    const renders = { "shop/shop": { chart: "shop", version: "1.4.2" } };
    const { firmament } = JSON.parse(policyConfig(PACKAGE_ROOT, "sandbox", renders)) as { firmament: object };
    assert.deepEqual(settingsFrom(firmament).params["helm-rendered"], { stubCharts: true, renders });
  });
});
