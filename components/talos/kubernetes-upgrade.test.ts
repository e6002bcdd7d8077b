import * as assert from "node:assert/strict";
import { KubernetesVersion } from "../core/version";
import { kubeletNotices, kubeletPatches, kubeletVersionOf } from "./kubernetes-upgrade";
import { readDeployed } from "./deployed";
import { parseBaseSettings } from "./parse";
import { base, settings } from "./settings.fixture";

const at = (kubernetesVersion: string) => settings({ kubernetesVersion });
const kubelets = (wanted: string, deployed: object) => String(kubeletVersionOf(at(wanted), readDeployed(deployed)));

/*
 * kubernetes/kubernetes#127316: a kubelet that is newer than its API server starts no pods since 1.31. One configuration
 * of Talos (1.13.0) names the images of both.
 */
describe("an upgrade of Kubernetes", () => {
  it("begins with API servers, and comes to kubelets when the last run has ended with them", () => {
    assert.equal(kubelets("v1.35.1", { kubernetesVersion: "v1.34.4" }), "v1.34.4");
    assert.equal(kubelets("v1.35.1", { kubernetesVersion: "v1.34.4", kubeletVersion: "v1.34.4" }), "v1.34.4");
    assert.equal(kubelets("v1.35.1", { kubernetesVersion: "v1.35.1", kubeletVersion: "v1.34.4" }), "v1.35.1");
  });

  it("does so for a patch too", () => {
    assert.equal(kubelets("v1.34.5", { kubernetesVersion: "v1.34.4", kubeletVersion: "v1.34.4" }), "v1.34.4");
    assert.equal(kubelets("v1.34.6", { kubernetesVersion: "v1.34.5", kubeletVersion: "v1.34.4" }), "v1.34.4");
  });

  it("concerns no new cluster, and none that stays as it is", () => {
    assert.equal(kubelets("v1.35.1", {}), "v1.35.1");
    assert.equal(kubelets("v1.34.4", { kubernetesVersion: "v1.34.4" }), "v1.34.4");
    assert.deepEqual(kubeletPatches(at("v1.34.4"), KubernetesVersion.parse("v1.34.4")), []);
    assert.deepEqual(kubeletNotices(at("v1.34.4"), KubernetesVersion.parse("v1.34.4")), []);
  });

  it("keeps the image of kubelets, and says what comes next", () => {
    const old = KubernetesVersion.parse("v1.34.4");
    assert.deepEqual(
      kubeletPatches(at("v1.35.1"), old).map((text) => JSON.parse(text) as object),
      [{ machine: { kubelet: { image: "ghcr.io/siderolabs/kubelet:v1.34.4" } } }],
    );
    const [notice] = kubeletNotices(at("v1.35.1"), old);
    assert.match(notice?.rule ?? "", /kubelets stay at v1\.34\.4/);
    assert.match(notice?.fix ?? "", /run `pulumi up` once more/);
  });

  it("waits with the next minor until kubelets have the last one", () => {
    const parse = (kubernetesVersion: string) => () =>
      parseBaseSettings(
        { layer: "base", base: { ...base, kubernetesVersion } },
        readDeployed({ kubernetesVersion: "v1.35.1", kubeletVersion: "v1.34.4" }),
      );
    assert.throws(
      parse("v1.36.0"),
      /base\.kubernetesVersion: v1\.36\.0 — kubelets run v1\.34\.4 still; API servers v1\.35\.1; set it to v1\.35\.1 and run `pulumi up` first/,
    );
    assert.doesNotThrow(parse("v1.35.2"));
  });
});
