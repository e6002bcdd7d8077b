import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { list } from "tar";
import { parse } from "yaml";
import type { CrdPlace, Toleration } from "../../components/platform/sandbox";
import { readChartLock } from "../../components/platform/charts/lock";
import { writeChartRepository } from ".";
import { chartFiles } from "./chart-files";
import { COMPONENTS } from "../../components/platform/registry";
import { sandboxComponents, STANDARD, stubCharts } from "./sources";

const STUB_CHARTS = stubCharts(COMPONENTS);
import { ROOT } from "../../components/platform/platform.fixture";

interface Index {
  readonly entries: Record<string, { version: string; digest: string; urls: string[] }[]>;
}

const CRD =
  "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\n";

describe("the chart repository of the sandbox", () => {
  let directory: string;
  let bundle: string;

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-repository-"));
    bundle = path.join(directory, "bundle");
    for (const { crds } of Object.values(STUB_CHARTS)) {
      if (crds === undefined) continue;
      fs.mkdirSync(path.join(bundle, crds.component), { recursive: true });
      fs.writeFileSync(path.join(bundle, crds.component, "crd-things.example.com.yaml"), CRD);
      fs.writeFileSync(path.join(bundle, crds.component, "webhooks.yaml"), "kind: Other\n");
    }
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  const write = async (name = "charts") => {
    const target = path.join(directory, name);
    await writeChartRepository(target, bundle, "http://127.0.0.1:8080/", COMPONENTS);
    return target;
  };
  const indexOf = (target: string) => parse(fs.readFileSync(path.join(target, "index.yaml"), "utf8")) as Index;

  it("has every chart of the lock, by its version, with the digest of its archive", async () => {
    const target = await write();
    const { entries } = indexOf(target);
    const lock = readChartLock(ROOT);
    assert.deepEqual(Object.keys(entries).sort(), Object.keys(lock).sort());
    for (const [name, [entry]] of Object.entries(entries)) {
      const file = `${name}-${lock[name]?.version}.tgz`;
      assert.equal(entry?.version, lock[name]?.version);
      assert.deepEqual(entry?.urls, [`http://127.0.0.1:8080/${file}`]);
      const archive = fs.readFileSync(path.join(target, file));
      assert.equal(entry?.digest, createHash("sha256").update(archive).digest("hex"));
    }
  });

  it("is the same, byte for byte, whenever it is written", async () => {
    const first = await write("first");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await write("second");
    const files = fs.readdirSync(first).sort();
    assert.deepEqual(fs.readdirSync(second).sort(), files);
    for (const file of files) {
      assert.ok(fs.readFileSync(path.join(first, file)).equals(fs.readFileSync(path.join(second, file))), file);
    }
  });

  /**
   * A pod that tolerates every taint comes back to the node that it was evicted from, so that its drain does not end:
   * ten minutes for one machine of a tenant (field fault U12; cilium/cilium#28549). Cilium 1.19 has corrected its
   * operator (cilium/cilium#40137); only DaemonSets, which a drain leaves alone, may tolerate everything.
   */
  it("has no workload that comes back to a drained node, unless the real one does", () => {
    const workloads = Object.values(STUB_CHARTS).flatMap(({ workloads }) => workloads);
    const unschedulable = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
    const returning = workloads
      .filter(({ kind }) => kind !== "DaemonSet")
      .filter((workload) => {
        const text = chartFiles("chart", "1.0.0", { workloads: [workload] }, []).get("templates/workloads.yaml") ?? "";
        const [first = ""] = text
          .replace(/\{\{-.*\n/g, "")
          .replace(/\{\{.*\}\}/g, "1")
          .split("---\n");
        const { spec } = parse(first) as { spec: { template: { spec: { tolerations?: Partial<Toleration>[] } } } };
        return (spec.template.spec.tolerations ?? []).some(
          ({ key = unschedulable.key, effect = unschedulable.effect }) =>
            key === unschedulable.key && effect === unschedulable.effect,
        );
      })
      .map(({ name }) => name);
    assert.deepEqual(returning.sort(), ["kube-ovn-controller", "kube-ovn-monitor", "ovn-central"]);
  });

  it("has CRDs where the real charts have them, and nothing else of the bundle", async () => {
    const target = await write();
    const members: string[] = [];
    for (const file of fs.readdirSync(target).filter((name) => name.endsWith(".tgz"))) {
      await list({ file: path.join(target, file), onReadEntry: ({ path }) => void members.push(path) });
    }
    const places = new Set<CrdPlace>();
    for (const [name, { crds }] of Object.entries(STUB_CHARTS)) {
      if (crds === undefined) continue;
      places.add(crds.place);
      const folder = crds.place === "crds" ? "crds" : "files/crds";
      assert.ok(members.includes(`${name}/${folder}/crd-things.example.com.yaml`), name);
      assert.equal(members.includes(`${name}/templates/crds.yaml`), crds.place !== "crds", name);
    }
    assert.deepEqual([...places].sort(), ["crds", "kept", "templates"]);
    assert.ok(!members.some((member) => member.includes("webhooks")));
  });

  it("leaves charts out whose definitions are collected on request, unless the platform asks for them", async () => {
    const onRequest = COMPONENTS.filter(({ sandbox }) => sandbox?.onRequest === true);
    assert.ok(onRequest.every(({ enabledByDefault = true }) => !enabledByDefault));
    assert.deepEqual(
      STANDARD,
      COMPONENTS.filter((each) => !onRequest.includes(each)),
    );
    for (const component of onRequest) {
      assert.deepEqual(
        sandboxComponents({ [component.name]: { enabled: true } }),
        COMPONENTS.filter((each) => each === component || !onRequest.includes(each)),
      );
      assert.deepEqual(sandboxComponents({ [component.name]: { enabled: false } }), STANDARD);
    }
    assert.deepEqual(sandboxComponents("not a map"), STANDARD);
  });
});
