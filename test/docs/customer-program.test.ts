import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import * as ts from "typescript";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import type { TenantClusterArgs } from "../../components/tenant/args.generated";
import { planTenant } from "../../components/tenant/tenant-plan";
import { kubeconfig, tenantArgs, tenantOf } from "../../components/tenant/tenant.fixture";
import { only, run } from "../support/registrations";

const PAGE = fs.readFileSync(path.join(PACKAGE_ROOT, "docs", "add-ons.md"), "utf8");

/** What stands in fences of a language, in order. */
function blocks(language: string): string[] {
  return [...PAGE.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, of, text = ""]) =>
    of === language ? [text] : [],
  );
}

/** Runs the program of the page. */
function customersProgram(): void {
  const [source = ""] = blocks("ts");
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
  const modules: Record<string, unknown> = { "@pulumi/kubernetes": k8s, "@pulumi/pulumi": pulumi };
  const program = new Function("require", "exports", outputText) as (
    require: (name: string) => unknown,
    of: object,
  ) => void;
  program((name) => modules[name], {});
}

describe("the page about add-ons", () => {
  it("has a program that deploys into a tenant with what the tenant's stack publishes, and keeps its key secret", async () => {
    const stacks = { "organization/firmament/tenant.berlin.acme": { cluster: "acme", kubeconfig } };
    const { resources } = await run(customersProgram, { stacks, secretOutputs: ["kubeconfig"] });
    const provider = only(resources, "pulumi:providers:kubernetes", "acme");
    assert.deepEqual(provider.inputs, { kubeconfig, clusterIdentifier: "acme" });
    assert.deepEqual(provider.secrets, ["kubeconfig"]);
    for (const { type, provider: used } of resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
      assert.equal(used, "acme", type);
    }
    assert.equal(only(resources, "kubernetes:helm.sh/v3:Release").inputs["namespace"], "shop");
  });

  it("has settings that tenants can be deployed with", () => {
    const platform = {
      ...tenantArgs().platform,
      capabilities: ["cluster-api/infrastructure", "cluster-api/control-plane", "cluster-api/helm", "flux"],
    };
    const examples = blocks("yaml").map((text) => parse(text) as Pick<TenantClusterArgs, "addons">);
    assert.ok(examples.length >= 3);
    const made = examples.map(({ addons }) =>
      planTenant(tenantOf({ ...(addons === undefined ? {} : { addons }), platform })),
    );
    const kinds = made.flatMap(({ addons }) =>
      addons.flatMap(({ management }) => (management?.objects ?? []).map(({ object }) => object.kind)),
    );
    for (const kind of ["HelmChartProxy", "HelmRelease", "Kustomization"]) assert.ok(kinds.includes(kind), kind);
  });
});
