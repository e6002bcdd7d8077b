import * as assert from "node:assert/strict";
import { TALOS_MINORS } from "../../versions/talos";
import { MINORS, settingsFor, TalosMachines } from "../support/talos-machines";
import { shaped, SHAPES, talos } from "./talos-shapes.fixture";

describe("configurations of machines", function () {
  let machines: TalosMachines;
  before(async function () {
    machines = await TalosMachines.start(this);
  });

  for (const [what, given] of Object.entries(SHAPES)) {
    it(`are valid for each Talos that they are for: ${what}`, () => {
      for (const minor of MINORS) assert.ok(machines.accept(minor, settingsFor(minor, given)).length > 0);
    });
  }

  it("have what patches of the stack file say, over what the program says", () => {
    const value = { machine: { sysctls: { "net.core.netdev_max_backlog": "10000" } } };
    const change = shaped(talos({ patches: { all: [value] } }));
    for (const { answer } of machines.configured(settingsFor(13, change))) {
      const { sysctls } = answer.documents?.[0]?.["machine"] as { sysctls: Record<string, string> };
      assert.equal(sysctls["net.core.netdev_max_backlog"], "10000");
      assert.equal(sysctls["net.ipv4.tcp_orphan_retries"], "3");
    }
  });

  it("are refused where a patch is wrong, so that the test above can fail", () => {
    const config = { role: "worker", contract: "v1.13", kubernetes: "1.34.4" } as const;
    const patch = { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "STATE", provisioning: { minSize: "1GiB" } };
    const [readable, valid] = machines.library(13).ask([
      { generate: config, patches: [JSON.stringify(patch)] },
      { generate: config, patches: [JSON.stringify(patch)], validate: true },
    ]);
    assert.equal(readable?.error, undefined);
    assert.match(valid?.error ?? "", /^validation: /);
  });

  // the library of 1.14 knows the older ones too
  it("are for versions of Kubernetes and upgrades that Talos itself supports", () => {
    const asked = Object.entries(TALOS_MINORS).flatMap(([minor, { kubernetes, from }]) =>
      [28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38].flatMap((other) => [
        {
          question: { compatible: { talos: `1.${minor}.0`, kubernetes: `1.${other}.0` } },
          supported: kubernetes.oldest <= other && other <= kubernetes.newest,
        },
        {
          question: { compatible: { talos: `1.${minor}.0`, from: `1.${other - 20}.0` } },
          supported: from.oldest <= other - 20 && other - 20 <= from.newest,
        },
      ]),
    );
    const answers = machines.library(14).ask(asked.map(({ question }) => question));
    for (const [index, { question, supported }] of asked.entries()) {
      assert.equal(answers[index]?.error === undefined, supported, JSON.stringify(question));
    }
  });
});
