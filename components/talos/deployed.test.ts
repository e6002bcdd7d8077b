import * as assert from "node:assert/strict";
import { readDeployed } from "./deployed";
import { parseBaseSettings } from "./parse";
import { base } from "./settings.fixture";

/** What a deployment of the fixture publishes. */
const outputs = {
  cluster: "berlin",
  kubernetesVersion: "v1.34.4",
  installer: base.talos.installer,
  podCidrs: base.network.podCidrs,
  serviceCidrs: base.network.serviceCidrs,
  dnsDomain: "cluster.local",
  machines: base.machines,
};

const parse = (change: object, deployed: object = outputs) =>
  parseBaseSettings({ layer: "base", base: { ...base, ...change } }, readDeployed(deployed));

describe("settings of a base stack that is deployed", () => {
  it("are accepted as they are, and before and after outputs have a name more", () => {
    for (const deployed of [outputs, {}, { kubernetesVersion: "v1.34.4" }]) {
      assert.doesNotThrow(() => parse({}, deployed));
    }
  });

  // Another name is another cluster to the Kubernetes provider: every object of platform and tenants would be replaced
  // and the old one, which is the same, deleted.
  it("keep the name of the cluster", () => {
    assert.throws(
      () => parse({ cluster: "bonn" }),
      /base\.cluster: bonn — is fixed when the cluster is created; berlin is deployed; set it back to berlin/,
    );
  });

  it("keep the networks and the domain, which certificates and objects hold", () => {
    const network = { podCidrs: ["100.66.0.0/16"], serviceCidrs: ["10.97.0.0/16"], dnsDomain: "example.com" };
    for (const [key, value] of Object.entries(network)) {
      const change = { network: { ...base.network, [key]: value } };
      assert.throws(
        () => parse(change),
        new RegExp(`base\\.network\\.${key}: .* — is fixed when the cluster is created`),
      );
    }
  });

  it("may name another installer, to which the machines are upgraded", () => {
    const talos = { ...base.talos, installer: "registry.example/other:v1.13.0" };
    assert.doesNotThrow(() => parse({ talos }));
  });

  // Talos refuses the image itself: 1.12 is not installed over 1.14 (machinery, compatibility).
  it("do not name an installer that goes onto no machine that runs the deployed one", () => {
    const [old, newest] = ["registry.example/installer:v1.12.0", "registry.example/installer:v1.14.0"];
    const talos = (version: string, installer: string) => ({ ...base.talos, version, installer });
    const onto = (installer: string, given: object) =>
      parseBaseSettings({ layer: "base", base: { ...base, talos: given } }, readDeployed({ ...outputs, installer }));
    assert.throws(
      () => onto(newest, talos("v1.12", old)),
      /talos\.installer: .*:v1\.12\.0 — Talos v1\.12 is installed over v1\.10 to v1\.13; v1\.14 is deployed/,
    );
    assert.doesNotThrow(() => onto(old, talos("v1.14", newest)));
  });
});
