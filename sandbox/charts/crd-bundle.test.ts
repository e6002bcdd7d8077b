import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readManifests } from "../../components/core/manifest-text";
import { crdBundle, SIMULATED } from ".";
import type { Crd } from "../../components/platform/crd-sources";
import { downloadModules, moduleId, MODULE_LOCK } from "./go-modules";
import { COMPONENTS } from "../../components/platform/registry";
import { crdSources } from "./sources";
import { type MakeTask, silentProgress } from "../offline/toolchain";

describe("modules that CRDs are read from", () => {
  const module = "example.com/crds@v1.0.0";
  const answer = (sum: string) => JSON.stringify({ Path: "example.com/crds", Version: "v1.0.0", Dir: "/d", Sum: sum });
  const task = (stdout: string, stderr = "") =>
    ({
      note: () => undefined,
      scratch: "/",
      run: () => Promise.resolve({ code: 0, stdout, stderr }),
    }) as unknown as MakeTask;
  const download = (lock: Record<string, string>, stdout: string, stderr?: string) =>
    downloadModules([module], lock, { path: "go", env: {} }, task(stdout, stderr));

  it("are all pinned by hash", () => {
    const used = crdSources(COMPONENTS).flatMap((source) => ("module" in source ? [moduleId(source.module)] : []));
    assert.deepEqual([...new Set(used)].sort(), Object.keys(MODULE_LOCK).sort());
    for (const sum of Object.values(MODULE_LOCK)) assert.match(sum, /^h1:[\w+/]{43}=$/);
  });

  it("are used when they are what the lock says", async () => {
    assert.deepEqual([...(await download({ [module]: "h1:a" }, answer("h1:a")))], [[module, "/d"]]);
  });

  it("are refused when they are something else, or not pinned", async () => {
    await assert.rejects(
      download({ [module]: "h1:b" }, answer("h1:a")),
      /h1:a — must be h1:b .*versions\/crd-modules\.ts/,
    );
    await assert.rejects(download({}, answer("h1:a")), /h1:a — must be pinned/);
  });

  it("are missed with what Go says about it", async () => {
    await assert.rejects(download({}, "", "go: no such host"), /go mod download example\.com.*no such host.*GOPROXY/);
  });
});

interface Schema {
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

describe("the CRD bundle", function () {
  let bundle: string;

  before(async function () {
    this.timeout(300_000);
    const made = await crdBundle({ progress: silentProgress }).catch((error: unknown) => {
      process.stdout.write(`    the definitions cannot be had here: ${String(error)}\n`);
    });
    if (made === undefined) return this.skip();
    bundle = made;
  });

  const read = (component: string, name: string) =>
    readManifests(fs.readFileSync(path.join(bundle, component, `crd-${name}.yaml`), "utf8"))[0] as unknown as Crd;

  /* Cilium 1.19.5: the API server took `- No` for false, and refused every pool of the alternative to MetalLB. */
  it("keeps words of enums words", () => {
    const [version] = read("cilium", "ciliumloadbalancerippools.cilium.io").spec.versions;
    const { openAPIV3Schema } = version?.["schema"] as { openAPIV3Schema: Schema };
    assert.deepEqual(openAPIV3Schema.properties?.["spec"]?.properties?.["allowFirstLastIPs"]?.enum, ["Yes", "No"]);
  });

  it("is found at once when it has been made", async () => {
    const made = fs.statSync(bundle).ino;
    assert.equal(await crdBundle({ progress: silentProgress }), bundle);
    assert.equal(fs.statSync(bundle).ino, made);
  });

  it("has the contract that Cluster API and its providers find each other by", () => {
    const label = (component: string, name: string, key: string) =>
      (read(component, name).metadata["labels"] as Record<string, string>)[key];
    assert.equal(label("cluster-api", "clusters.cluster.x-k8s.io", "cluster.x-k8s.io/v1beta2"), "v1beta2");
    assert.equal(
      label(
        "cluster-api-infrastructure-kubevirt",
        "kubevirtclusters.infrastructure.cluster.x-k8s.io",
        "cluster.x-k8s.io/v1beta1",
      ),
      "v1alpha1",
    );
    assert.equal(
      label(
        "cluster-api-control-plane-kamaji",
        "kamajicontrolplanes.controlplane.cluster.x-k8s.io",
        "cluster.x-k8s.io/v1beta2",
      ),
      "v1alpha2",
    );
  });

  it("has webhooks by the names and services that upstream gives them", () => {
    const text = fs.readFileSync(path.join(bundle, "cluster-api-infrastructure-kubevirt", "webhooks.yaml"), "utf8");
    assert.match(text, /name: capk-validating-webhook-configuration/);
    assert.match(text, /name: capk-webhook-service\n\s+path: .*\n\s+namespace: capk-system|namespace: capk-system/);
  });

  it("has the operator's own kind apart from those that it registers at run time", () => {
    assert.equal(read("kubevirt-operator", "kubevirts.kubevirt.io").spec.names.kind, "KubeVirt");
    assert.deepEqual(fs.readdirSync(path.join(bundle, "cdi-operator")), ["crd-cdis.cdi.kubevirt.io.yaml"]);
    const [version] = read("kubevirt", "virtualmachines.kubevirt.io").spec.versions;
    assert.deepEqual(version?.["subresources"], { status: {} });
  });

  it("says what in it is not upstream's own", () => {
    assert.deepEqual(JSON.parse(fs.readFileSync(path.join(bundle, "simulated.json"), "utf8")), SIMULATED);
    assert.ok(SIMULATED.length > 0);
  });
});
