import * as assert from "node:assert/strict";
import type { Fields } from "../../components/core/fields";
import { machineApi } from "../../components/talos/life/machine-api";
import { drift } from "../cli/drift";
import type { State } from "../state";
import { driftOf } from "./drift";
import { compareConfigurations } from "./compare";

const DEPLOYED = `version: v1alpha1
machine:
    type: worker
    token: aaaaaa.bbbbbbbbbbbbbbbb
    sysctls:
        vm.nr_hugepages: "1024"
    install:
        disk: /dev/sda
        image: factory.talos.dev/metal-installer/${"01".repeat(32)}:v1.13.0
---
apiVersion: v1alpha1
kind: LinkConfig
name: eno1
mtu: 9000
addresses:
    - address: 192.0.2.21/24
`;

/** A state with one machine, whose secrets were exported in plain text. */
function engine() {
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });
  const type = "talos:machine/configurationApply:ConfigurationApply";
  const inputs = { node: "192.0.2.21", endpoint: "192.0.2.21", clientConfiguration: secret({ caCertificate: "CA" }) };
  const outputs: Fields = { machineConfiguration: secret(DEPLOYED) };
  const state: State = {
    deployment: {
      resources: [
        {
          urn: "urn:pulumi:base.a::firmament::talos:machine/secrets:Secrets::s",
          type: "talos:machine/secrets:Secrets",
          custom: true,
        },
        {
          urn: `urn:pulumi:base.a::firmament::${type}::berlin-worker-1`,
          parent: "urn:pulumi:base.a::firmament::firmament:talos:TalosCluster::berlin",
          ...{ type, custom: true, inputs, outputs },
        },
      ],
    },
  };
  return { exportState: () => Promise.resolve(JSON.stringify(state)) };
}

/** A machine that has this configuration and runs this version. */
const connect =
  (configuration: string, version = "v1.13.0", schematic = "01".repeat(32)) =>
  (variables: Readonly<Record<string, string>>) => {
    assert.deepEqual(
      [variables["TALOS_HOST"], variables["TALOS_PORT"], variables["TALOS_CA"]],
      ["192.0.2.21", "50000", "CA"],
    );
    const { message, inner } = machineApi({});
    const text = (path: readonly number[], value: string) =>
      path.reduceRight<Buffer>((content, field) => message({ [field]: content }), Buffer.from(value));
    return {
      message,
      inner,
      call: (method: string) => {
        if (method.endsWith("/Version")) return Promise.resolve([text([1, 2, 1], version)]);
        if (method.endsWith("/Get")) return Promise.resolve([text([1, 2, 1, 1], configuration)]);
        const layer = (name: string, id: string) => text([1, 2, 1, 2], `${message({ 1: name, 2: id })}`);
        return Promise.resolve([layer("drbd", "9.2.16"), layer("schematic", schematic)]);
      },
    };
  };
const look = (configuration: string, version?: string, schematic?: string) =>
  driftOf(engine(), "base.a", { connect: connect(configuration, version, schematic) });

describe("drift of machines", () => {
  it("is none where a machine runs what was deployed, in whatever order it says so", async () => {
    const [first = "", second = ""] = DEPLOYED.split("---\n");
    const [machine] = await look(`${second}---\n${first}    nodeLabels: {}\n`);
    assert.deepEqual(machine, { machine: "worker-1", address: "192.0.2.21", differences: [] });
  });

  it("is every field that differs, is missing or is more, by its path", () => {
    const actual = DEPLOYED.replace('"1024"', '"2048"').replace("mtu: 9000\n", "up: true\n").replace("21/24", "22/24");
    assert.deepEqual(compareConfigurations(DEPLOYED, actual), [
      { path: "machine.sysctls.vm.nr_hugepages", expected: '"1024"', actual: '"2048"' },
      { path: "LinkConfig/eno1.addresses.0.address", expected: '"192.0.2.21/24"', actual: '"192.0.2.22/24"' },
      { path: "LinkConfig/eno1.mtu", expected: "9000" },
      { path: "LinkConfig/eno1.up", actual: "true" },
    ]);
    const more = `${DEPLOYED}---\napiVersion: v1alpha1\nkind: RegistryAuthConfig\nname: a\npassword: hunter2\n`;
    assert.deepEqual(compareConfigurations(DEPLOYED, more), [{ path: "RegistryAuthConfig/a", actual: "[secret]" }]);
  });

  it("names secrets that differ, and shows none", () => {
    const found = compareConfigurations(DEPLOYED, DEPLOYED.replace("aaaaaa", "cccccc"));
    assert.deepEqual(found, [{ path: "machine.token", expected: "[secret]", actual: "[secret]" }]);
  });

  it("is another Talos than that of the installer too", async () => {
    const [machine] = await look(DEPLOYED, "v1.12.5");
    assert.deepEqual(machine?.differences, [{ path: "Talos", expected: "v1.13.0", actual: "v1.12.5" }]);
  });

  // an image with other extensions, of the same version
  it("is an image of another schematic too", async () => {
    const other = "fe".repeat(32);
    const [machine] = await look(DEPLOYED, undefined, other);
    assert.deepEqual(machine?.differences, [{ path: "schematic", expected: "01".repeat(32), actual: other }]);
  });

  it("is reported by lines or JSON, with an exit code that tells it from what could not be seen", async () => {
    const report = async (machines: Awaited<ReturnType<typeof driftOf>>, json = false) =>
      drift({ root: ".", stack: "base.a", json }, engine(), () => Promise.resolve(machines));
    const same = { machine: "berlin-cp-1", address: "192.0.2.11", differences: [] };
    const other = { ...same, machine: "berlin-cp-2", differences: [{ path: "machine.type", expected: '"worker"' }] };
    assert.deepEqual(await report([same]), { code: 0, report: "berlin-cp-1 (192.0.2.11): as deployed" });
    const { code, report: text } = await report([same, other]);
    assert.equal(code, 1);
    assert.match(
      text,
      /berlin-cp-2 \(192\.0\.2\.11\): 1 field differs\n {2}machine\.type: nothing — deployed: "worker"$/,
    );
    assert.equal((await report([same, { ...same, error: "no answer in 5 s" }])).code, 2);
    assert.deepEqual(JSON.parse((await report([other], true)).report), [other]);
  });

  it("says of a machine that does not answer why", async () => {
    const silent = () => ({
      ...connect(DEPLOYED)({ TALOS_HOST: "192.0.2.21", TALOS_PORT: "50000", TALOS_CA: "CA" }),
      call: () => Promise.reject(new Error("no answer in 5 s")),
    });
    const [machine] = await driftOf(engine(), "base.a", { connect: silent });
    assert.equal(machine?.error, "no answer in 5 s");
  });
});
