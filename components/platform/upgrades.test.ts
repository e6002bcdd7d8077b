import * as assert from "node:assert/strict";
import { describe as message } from "../core/problem";
import { plan, ROOT } from "./platform.fixture";
import { readChartLock } from "./charts/lock";
import { publishedReleases, releaseChanges } from "./release-changes";
import { pairProblems, upgradeProblems, versionsOf } from "./upgrades";

const platform = plan();
const versions = versionsOf(platform);

/** The one message about an upgrade from what is pinned, with some of it older. */
const from = (before: Record<string, string>) => upgradeProblems(platform, { ...versions, ...before }).map(message);

describe("versions of a platform", () => {
  it("are those of its charts and of Cluster API's providers, and fit together", () => {
    const lock = readChartLock(ROOT);
    assert.equal(versions["cilium"], lock["cilium"]?.version);
    assert.match(versions["core"] ?? "", /^1\.\d+\.\d+$/);
    assert.deepEqual(pairProblems(versions), []);
    assert.deepEqual(upgradeProblems(platform, versions), []);
  });

  it("are not compared where the last deployment published none", () => {
    assert.deepEqual(upgradeProblems(platform, undefined), []);
  });

  it("are refused in pairs that are known not to work, with both and what to do", () => {
    const bad = pairProblems({ ...versions, core: "1.14.0", "control-plane-kamaji": "0.20.0" }).map(message);
    assert.equal(bad.length, 1);
    assert.match(
      bad[0] ?? "",
      /core: core 1\.14\.0 with control-plane-kamaji 0\.20\.0 — .*bootstrap data; keep Cluster API below/,
    );
    assert.match(
      pairProblems({ "kubevirt-operator": "1.7.3" }).map(message).join(),
      /kubevirt-operator 1\.7\.3 — live migration/,
    );
    assert.deepEqual(pairProblems({ core: "1.13.5", "control-plane-kamaji": "0.20.0" }), []);
    assert.equal(pairProblems({ core: "1.10.1", "infrastructure-kubevirt": "0.11.2" }).length, 1);
  });
});

describe("an upgrade of a platform", () => {
  it("of a patch, or to the next minor, is let through", () => {
    assert.deepEqual(from({ cilium: "1.19.1", "cert-manager": "v1.19.0" }), []);
  });

  it("over several minors is refused, with the path", () => {
    assert.deepEqual(from({ cilium: "1.16.5" }), [
      `  upgrade of cilium: 1.16.5 → ${versions["cilium"]} — one minor at a time: each converts what the one before has stored; deploy 1.17, then 1.18, then 1.19, a release of each`,
    ]);
  });

  it("to another major goes by the last of the one before", () => {
    assert.match(
      from({ "snapshot-controller": "4.1.0" }).join(),
      /4\.1\.0 → 5\.2\.0 — .*deploy the last of 4, then 5\.0, then 5\.2/,
    );
    assert.match(
      from({ "snapshot-controller": "3.0.5" }).join(),
      /deploy the last of 3, then the last of 4, then 5\.0, then 5\.2/,
    );
  });

  it("over minors that are months is let through", () => {
    assert.deepEqual(from({ kamaji: "26.3.6-edge", "kamaji-crds": "26.3.6-edge" }), []);
  });

  it("back to an older minor is refused", () => {
    assert.match(from({ cilium: "1.20.1" }).join(), /1\.20\.1 → 1\.19\.\d+ — an older minor .*; stay with 1\.20\.1/);
    assert.deepEqual(from({ cilium: "1.19.99" }), []);
  });

  it("that nothing converts is refused with what to do first", () => {
    const problems = from({ "control-plane-kamaji": "0.19.0" });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /0\.19\.0 → 0\.20\.0 — 0\.20 serves v1alpha2 only.*; move KamajiControlPlanes/);
  });

  it("to a chart that cannot take the place of another is refused", () => {
    assert.match(
      from({ "kube-ovn": "v1.15.10" }).join(),
      /kube-ovn v1\.15\.10 → kube-ovn-v2 .* — one cannot take the place/,
    );
  });

  it("says everything at once", () => {
    assert.equal(from({ cilium: "1.16.5", "control-plane-kamaji": "0.19.0", metallb: "0.13.0" }).length, 3);
  });
});

describe("what a preview says of releases", () => {
  const before = publishedReleases(platform);
  const published = (name: string, change: object) => ({ ...before, [name]: { ...before[name], ...change } });

  it("is nothing where nothing changes, or nothing was published", () => {
    assert.deepEqual(releaseChanges(platform, before), []);
    assert.deepEqual(releaseChanges(platform, undefined), []);
  });

  it("is the version, and the pods that restart for it at most", () => {
    assert.deepEqual(releaseChanges(platform, published("cert-manager", { version: "v1.19.0" })), [
      `cert-manager: version v1.19.0 → ${versions["cert-manager"]}; restarts at most Deployment cert-manager, Deployment cert-manager-webhook, Deployment cert-manager-cainjector`,
    ]);
  });

  it("is that machines go on where the hypervisor is upgraded", () => {
    assert.match(
      releaseChanges(platform, published("kubevirt-operator", { version: "1.8.3" })).join(),
      /virtual machines go on/,
    );
  });

  it("are the values that change, images by themselves, and never what they are", () => {
    const mirrored = plan({
      change: { mirror: { charts: "https://charts.example", images: "registry.example/mirror" } },
    });
    const lines = releaseChanges(mirrored, before);
    assert.match(
      lines.find((line) => line.startsWith("metallb:")) ?? "",
      /^metallb: images: controller\.image\.repository/,
    );
    assert.ok(!lines.join().includes("registry.example"));
    const other = plan({ change: { values: { cilium: { hubble: { enabled: true } } } } });
    assert.match(releaseChanges(other, before).join(), /^cilium: values: hubble\.enabled; restarts at most/);
  });

  it("are releases that come and go", () => {
    const { metallb, ...rest } = before;
    assert.ok(metallb !== undefined);
    assert.deepEqual(releaseChanges(platform, rest), [`metallb: is installed, ${versions["metallb"]}`]);
    assert.deepEqual(releaseChanges(platform, { ...before, old: before["cilium"] }), ["old: leaves the platform"]);
  });
});
