import * as assert from "node:assert/strict";
import { machinePatches } from "../../components/talos/machine-config";
import { parseBaseSettings } from "../../components/talos/parse";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";
import { type base } from "../../components/talos/settings.fixture";
import { contractOf } from "../../components/talos/version";
import { TALOS_MINORS } from "../../versions/talos";
import { type Answer, type Library, TalosOracle } from "../support/talos-oracle";
import { shaped, SHAPES, talos } from "./talos-shapes.fixture";

/** The settings for a version of Talos, with an installer of it. */
function settingsFor(minor: number, given: unknown): BaseSettings {
  const { base: settings, ...others } = structuredClone(given) as { base: typeof base };
  const installer = settings.talos.installer.replace(/:v[\d.]+$/, `:v1.${minor}.0`);
  return parseBaseSettings({
    ...others,
    base: { ...settings, talos: { ...settings.talos, version: `v1.${minor}`, installer } },
  });
}

const LIBRARIES: readonly Library[] = ["1.12", "1.13", "1.14"];

// what the pinned provider makes: terraform-provider-talos 0.11.0 with machinery 1.13.0
describe("configurations of machines", function () {
  const libraries = new Map<Library, TalosOracle>();
  const library = (name: Library) => libraries.get(name) ?? assert.fail(name);

  /** As generated, by role and contract; keys take their time. */
  const bases = new Map<string, string>();

  before(async function () {
    for (const name of LIBRARIES) libraries.set(name, await TalosOracle.start(this, name));
    for (const role of ["controlplane", "worker"] as const) {
      for (const contract of ["v1.12", "v1.13"]) {
        const { config } = library("1.13").one({ generate: { role, contract, kubernetes: "1.34.4" } });
        bases.set(`${role} ${contract}`, config ?? "");
      }
    }
  });

  /** The configuration of every machine, as the provider makes it. */
  const generated = (settings: BaseSettings): readonly { readonly name: string; readonly answer: Answer }[] => {
    const machines = machinesOf(settings);
    const answers = library("1.13").ask(
      machines.map((machine) => ({
        config: bases.get(`${machine.role} ${contractOf(settings)}`) ?? "",
        patches: machinePatches(settings, machine),
        validate: true,
      })),
    );
    return machines.map(({ name }, index) => ({ name, answer: answers[index] ?? {} }));
  };

  for (const [what, given] of Object.entries(SHAPES)) {
    it(`are valid for each Talos that they are for: ${what}`, () => {
      for (const minor of [12, 13, 14]) {
        const settings = settingsFor(minor, given);
        for (const { name, answer } of generated(settings)) {
          const { error } = answer;
          assert.equal(error, undefined, `${name}, for v1.${minor}, in 1.13`);
          const [taken = {}] = library(`1.${minor}` as Library).ask([{ config: answer.config ?? "", validate: true }]);
          assert.equal(taken.error, undefined, `${name}, for v1.${minor}`);
          const warnings = (taken.warnings ?? []).filter((text) => !/machine\.files/.test(text));
          assert.deepEqual(warnings, [], `${name}, for v1.${minor}`);
        }
      }
    });
  }

  it("have what patches of the stack file say, over what the program says", () => {
    const value = { machine: { sysctls: { "net.core.netdev_max_backlog": "10000" } } };
    const change = shaped(talos({ patches: { all: [value] } }));
    for (const { answer } of generated(settingsFor(13, change))) {
      const { sysctls } = answer.documents?.[0]?.["machine"] as { sysctls: Record<string, string> };
      assert.equal(sysctls["net.core.netdev_max_backlog"], "10000");
      assert.equal(sysctls["net.ipv4.tcp_orphan_retries"], "3");
    }
  });

  it("are refused where a patch is wrong, so that the test above can fail", () => {
    const config = { role: "worker", contract: "v1.13", kubernetes: "1.34.4" } as const;
    const patch = { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "STATE", provisioning: { minSize: "1GiB" } };
    const [readable, valid] = library("1.13").ask([
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
    const answers = library("1.14").ask(asked.map(({ question }) => question));
    for (const [index, { question, supported }] of asked.entries()) {
      assert.equal(answers[index]?.error === undefined, supported, JSON.stringify(question));
    }
  });
});
