import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkStacks } from "../../automation/check/check-stacks";
import { blocking, type CheckResult, exitCode } from "../../automation/check/result";
import { EXIT } from "../../automation/check/exit";
import { policyConfig } from "../../automation/policy-config";
import { chartsOf, COMPONENTS } from "../../components/platform/registry";
import { crdBundle, writeChartRepository } from "../../sandbox/charts";
import { resolveTools, silentProgress } from "../../sandbox/offline/toolchain";
import { ROOT, temporaryName } from "./support";

/** Charts of a platform whose settings switch nothing on or off. */
const CHARTS = chartsOf(COMPONENTS.filter(({ enabledByDefault = true }) => enabledByDefault));

/** Releases are no blind spot: what the charts of the sandbox render passes the same rules as everything else. */
describe("the charts of all stacks", () => {
  const directory = temporaryName("firmament-charts-");
  const charts = path.join(directory, "charts");
  let helm: string;
  let result: CheckResult;

  before(async () => {
    fs.mkdirSync(directory, { mode: 0o700 });
    const options = { progress: silentProgress };
    helm = (await resolveTools(["helm"], options)).get("helm")?.path ?? assert.fail("no helm");
    await writeChartRepository(charts, await crdBundle(options), "http://127.0.0.1:8080");
    result = await checkStacks({ root: ROOT, render: { helm, charts } });
  });
  after(() => fs.rmSync(directory, { recursive: true, force: true }));

  it("are all rendered, those of the platform and the add-ons of tenants", () => {
    const releases = CHARTS.map(({ chart, namespace }) => `${namespace}/${chart}`);
    const ofTenants = ["cilium", "kubelet-csr-approver", "metrics-server"].map((release) => `kube-system/${release}`);
    assert.deepEqual(Object.keys(result.renders ?? {}).sort(), [...releases, ...ofTenants].sort());
  });

  it("render to nothing that a rule refuses, with the exemptions of the README", () => {
    assert.deepEqual(result.broken, []);
    assert.deepEqual(
      blocking(result).map(({ rule, resource, path, message }) => [rule, resource, path, message]),
      [],
    );
    assert.equal(exitCode(result), EXIT.pass);
    assert.ok(result.findings.every(({ rule }) => rule !== "helm-rendered"));
  });

  it("are evaluated: when exemptions of components have lapsed, what they are for is refused", async () => {
    const project = path.join(directory, "project");
    fs.cpSync(path.join(ROOT, "stacks", "config"), path.join(project, "stacks", "config"), { recursive: true });
    fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(project, "Pulumi.yaml"));
    fs.appendFileSync(
      path.join(project, "stacks", "config", "policies.yaml"),
      '\ncomponents: { expiry: "2020-01-01" }\n',
    );
    const { findings } = await checkStacks({ root: project, stacks: ["platform.sandbox"], render: { helm, charts } });
    const refused = findings
      .filter(({ level, status }) => level === "mandatory" && status === "violation")
      .map(({ rule, resource }) => `${rule} ${resource ?? ""}`);
    const networks = refused.filter((found) => found.startsWith("pss-host-namespaces apps/DaemonSet "));
    assert.ok(networks.length > 0, refused.join(", "));
  });

  it("are a violation when helm is there and cannot render them", async () => {
    const empty = path.join(directory, "empty");
    fs.mkdirSync(empty);
    const stacks = ["platform.sandbox"];
    const rules = blocking(await checkStacks({ root: ROOT, stacks, render: { helm, charts: empty } }));
    assert.deepEqual([...new Set(rules.map(({ rule }) => rule))], ["helm-rendered"]);
    assert.equal(rules.length, CHARTS.length);
  });

  it("are in the configuration of the engine, which cannot look into releases", () => {
    const { firmament } = JSON.parse(policyConfig(ROOT, "sandbox", result.renders)) as {
      firmament: { params: Record<string, { renders?: object; stubCharts?: boolean }> };
    };
    const given = firmament.params["helm-rendered"];
    assert.deepEqual(given, { stubCharts: true, renders: result.renders });
  });
});
