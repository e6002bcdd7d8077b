import * as assert from "node:assert/strict";
import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { only, registrations } from "../../test/support/registrations";
import { clientOf } from "../kubernetes/kubeconfig";
import { componentPolicies } from "../../automation/check/component-policies";
import { componentsPage } from "../../automation/reference/components";
import { readChartLock } from "./charts/lock";
import { metrics } from "./fixtures/metrics/index.fixture";
import { installPlatform } from "./install";
import { base, parsed, plan, ROOT, valuesOf } from "./platform.fixture";
import { imagesOf } from "./reference";
import { COMPONENTS } from "./registry";
import { platformSettingsOf } from "./settings";

/** A folder and an entry in the registry: nothing else is known of it anywhere. */
const components = [metrics, ...COMPONENTS];
const lock = { ...readChartLock(ROOT), "metrics-store": { version: "1.2.3", repository: "https://charts.example" } };

describe("a new component", () => {
  it("is in the order, after those that provide what it needs and not before", () => {
    const names = plan({ components, lock }).stages.map(({ name }) => name);
    const at = (name: string) => names.indexOf(name);
    assert.ok(at("storage-classes") < at("metrics-store") && at("issuers") < at("metrics-store"));
    assert.ok(at("metrics-store") < at("scrapes"));
  });

  it("has its namespace with policies and budgets", () => {
    const { namespaces } = plan({ components, lock });
    assert.equal(namespaces["metrics"]?.object.metadata.labels?.["pod-security.kubernetes.io/enforce"], "privileged");
    assert.deepEqual(
      namespaces["metrics"]?.protection.map(({ resource }) => resource),
      ["metrics-default-deny", "metrics-platform", "metrics-budget"],
    );
  });

  it("has its settings in the schema and their values in its chart", () => {
    const schema = JSON.stringify(z.toJSONSchema(platformSettingsOf(components), { io: "input" }));
    assert.match(schema, /time between two scrapes/);
    assert.match(schema, /whether the platform has metrics/);
    const change = { metrics: { interval: "5s" } };
    assert.deepEqual(valuesOf(plan({ components, lock, change }), "metrics-store"), { interval: "5s" });
    assert.throws(
      () => parsed({ metrics: { intervall: "5s" } }, components),
      /platform\.metrics\.intervall: unknown key/,
    );
  });

  it("is in the reference and in the bill of images", () => {
    const written = componentsPage(components, lock);
    for (const line of [
      "| [metrics](#metrics) | metrics-store 1.2.3 |  | `storage-class/local`, `certificates` | yes |",
      "## metrics\n\nA component of the tests.",
      "| `metrics` | privileged |",
      "| `metrics-store` | 1.2.3 | https://charts.example |",
      "Images: `quay.io/metrics/store`.",
      "| Deployment `metrics-store` | `pss-host-path` | it reads counters of the node |",
    ]) {
      assert.ok(written.includes(line), line);
    }
    assert.ok(imagesOf(components).includes("quay.io/metrics/store"));
    const mirrored = plan({ components, lock, change: { mirror: { images: "registry.example/mirror/" } } });
    assert.deepEqual(valuesOf(mirrored, "metrics-store"), {
      interval: "30s",
      image: { repository: "registry.example/mirror/metrics/store" },
    });
  });

  it("is refused while its chart is not in the lock, naming the chart and the file", () => {
    assert.throws(() => plan({ components }), {
      name: "InvalidInput",
      message: /metrics-store: not in the lock — must be one of the charts of versions.charts\.json; pin its version/,
    });
  });

  it("is switched off like any other", () => {
    const off = plan({ components, lock, change: { components: { metrics: { enabled: false } } } });
    assert.equal("metrics" in off.namespaces, false);
    assert.ok(!off.stages.some(({ name }) => name === "metrics-store"));
  });

  it("is in the configuration of the policy pack: its namespace, its exemptions and its access to the API", () => {
    const { privilegedNamespaces, apiClients, charts } = componentPolicies(components, [], "production");
    assert.ok(privilegedNamespaces.includes("metrics"));
    assert.ok(apiClients.includes("metrics/metrics-store"));
    assert.deepEqual(
      charts.filter(({ selector }) => selector.release === "metrics/metrics-store").map(({ rule }) => rule),
      ["pss-host-path"],
    );
    const without = componentPolicies(COMPONENTS, [], "production");
    assert.ok(!without.privilegedNamespaces.includes("metrics"));
  });

  it("is installed as a child of its group, behind what it needs, and protected", async () => {
    const made = await registrations(() => {
      const provider = new k8s.Provider("management", { kubeconfig: "none" });
      installPlatform(plan({ components, lock }), {
        provider,
        commands: new command.Provider("commands"),
        client: clientOf(base.kubeconfig),
        secret: (key) => pulumi.output(key),
      });
    });
    const release = only(made, "kubernetes:helm.sh/v3:Release", "metrics-store");
    assert.equal(release.parent, "storage");
    for (const name of ["local", "firmament-ca", "metrics-namespace", "metrics-default-deny", "metrics-budget"]) {
      assert.ok(release.dependsOn.includes(name), name);
    }
    const scrape = only(made, "kubernetes:metrics.example/v1:Scrape", "nodes-scrape");
    assert.deepEqual(scrape.dependsOn, ["metrics-store"]);
    assert.equal(scrape.protect, true);
  });
});
