import * as assert from "node:assert/strict";
import { SecretSetting } from "../../component";
import { parsePlatformSettings } from "../../settings";
import { at, objectOf, plan, settings } from "../../platform.fixture";

const PROVIDERS = [
  "CoreProvider-cluster-api",
  "BootstrapProvider-kubeadm",
  "ControlPlaneProvider-kamaji",
  "InfrastructureProvider-kubevirt",
];

describe("cluster-api", () => {
  it("keeps the core provider where bindings of the others expect it", () => {
    const { name, namespace } = objectOf(plan(), "CoreProvider-cluster-api").metadata;
    assert.deepEqual([name, namespace], ["cluster-api", "capi-system"]);
  });

  it("downloads providers from a mirror of their components alone, past GitHub's limit for those without a token", () => {
    const planned = plan({ change: { mirror: { providers: "registry.example/capi" } } });
    for (const name of PROVIDERS) {
      const made = objectOf(planned, name);
      assert.match(String(at(made, "spec.fetchConfig.oci")), /^registry\.example\/capi\/cluster-api-providers\//);
      assert.equal(at(made, "spec.deployment.containers.0.imageUrl"), undefined);
    }
  });

  it("takes components and images of all providers from the mirror, and neither without one", () => {
    const mirrored = plan({ change: { mirror: { images: "registry.example/mirror/" } } });
    for (const name of PROVIDERS) {
      const made = objectOf(mirrored, name);
      assert.match(
        String(at(made, "spec.fetchConfig.oci")),
        /^registry\.example\/mirror\/cluster-api-providers\/[a-z]+-[a-z-]+:v\d/,
      );
      assert.match(
        String(at(made, "spec.deployment.containers.0.imageUrl")),
        /^registry\.example\/mirror\/[\w/-]+:v\d+\.\d+\.\d+$/,
      );
      const plain = objectOf(plan(), name);
      assert.equal(at(plain, "spec.fetchConfig"), undefined);
      assert.equal(at(plain, "spec.deployment.containers.0.imageUrl"), undefined);
    }
  });

  /* Without a token GitHub throttles the operator, and providers never install (cluster-api-operator#394). */
  it("downloads with a token, which is a secret setting", () => {
    const planned = plan({ change: { mirror: { githubToken: true } }, more: { githubToken: "token" } });
    for (const name of PROVIDERS) {
      assert.deepEqual(at(objectOf(planned, name), "spec.configSecret"), {
        name: "cluster-api-providers",
        namespace: "capi-operator-system",
      });
      assert.equal(at(objectOf(plan(), name), "spec.configSecret"), undefined);
    }
    const secret = objectOf(planned, "cluster-api-github-token");
    assert.equal(secret.metadata.namespace, "capi-operator-system");
    assert.deepEqual(at(secret, "stringData.GITHUB_TOKEN"), new SecretSetting("githubToken"));
    const stage = planned.stages.find(({ name }) => name === "cluster-api");
    assert.ok(stage !== undefined && "objects" in stage);
    assert.deepEqual(
      stage.objects.map(({ resource, after }) => [resource, after]),
      [
        ["cluster-api-github-token", undefined],
        ["CoreProvider-cluster-api", ["cluster-api-github-token"]],
      ],
    );
  });

  it("refuses a token that is asked for and not there, and one that nothing would use", () => {
    const mirror = (change: object) => ({ ...settings, platform: { ...settings.platform, mirror: change } });
    assert.throws(
      () => parsePlatformSettings(mirror({ githubToken: true })),
      /githubToken: missing — raises GitHub's limit.*pulumi config set --secret firmament:githubToken/,
    );
    assert.throws(
      () =>
        parsePlatformSettings({
          ...mirror({ githubToken: true, images: "registry.example/mirror" }),
          githubToken: "x",
        }),
      /platform\.mirror\.githubToken: true — has no effect: components of providers come from registry\.example\/mirror/,
    );
  });
});
