import * as assert from "node:assert/strict";
import { generatedConfiguration } from "./generated";
import { applyPatch, applyPatches, type Documents, type OnRefusal, UndecidedPatchError } from "./merge";

// the same against Talos itself, at random: test/conformance/talos-patches.test.ts

/** The documents of a generated configuration after patches. */
function patched(...patches: object[]): Documents {
  const documents: Documents = new Map([["", generatedConfiguration("controlplane")]]);
  for (const patch of patches) applyPatch(documents, patch);
  return new Map([...documents].map(([key, value]) => [key, JSON.parse(JSON.stringify(value)) as object as never]));
}

const at = (documents: Documents, way: string, document = ""): unknown =>
  way.split(".").reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], documents.get(document));

const document = (kind: string, fields: object) => ({ apiVersion: "v1alpha1", kind, ...fields });
const interfaces = (...given: object[]) => ({ machine: { network: { interfaces: given } } });

// Talos 1.13.0
describe("patches of machine configurations, put together as Talos does,", () => {
  it("merge interfaces of one name or one selector, and no others", () => {
    const selected = (driver: string, more: object) => ({ deviceSelector: { driver }, ...more });
    const made = patched(
      interfaces({ interface: "eth0", mtu: 9000 }, selected("virtio", { dhcp: true })),
      interfaces({ interface: "eth0", dhcp: true }, selected("virtio", { mtu: 1400 }), selected("e1000", {})),
    );
    assert.deepEqual(at(made, "machine.network.interfaces"), [
      { interface: "eth0", mtu: 9000, dhcp: true },
      selected("virtio", { dhcp: true, mtu: 1400 }),
      selected("e1000", {}),
    ]);
    const physical = interfaces({ deviceSelector: { physical: true }, mtu: 9000 });
    assert.equal((at(patched(physical, physical), "machine.network.interfaces") as unknown[]).length, 2);
  });

  it("merge networks of one VLAN, and join what else stands in lists", () => {
    const vlan = (more: object) => interfaces({ interface: "eth0", vlans: [{ vlanId: 7, ...more }] });
    const made = patched(vlan({ addresses: ["192.0.2.1/24"] }), vlan({ addresses: ["192.0.2.2/24"], mtu: 1400 }));
    assert.deepEqual(at(made, "machine.network.interfaces.0.vlans"), [
      { vlanId: 7, addresses: ["192.0.2.1/24", "192.0.2.2/24"], mtu: 1400 },
    ]);
  });

  it("join the keys of a volume, also those of one slot", () => {
    const keys = (key: object) => document("VolumeConfig", { name: "STATE", encryption: { keys: [key] } });
    const made = patched(keys({ slot: 0, nodeID: {} }), keys({ slot: 0, tpm: {} }));
    const all = [
      { slot: 0, nodeID: {} },
      { slot: 0, tpm: {} },
    ];
    assert.deepEqual(at(made, "encryption.keys", "VolumeConfig STATE"), all);
  });

  it("set a flag to nothing, and no other text", () => {
    const args = (value: string) => ({ cluster: { apiServer: { extraArgs: { profiling: value }, image: value } } });
    const made = patched(args("one"), args(""));
    assert.equal(at(made, "cluster.apiServer.extraArgs.profiling"), "");
    assert.equal(at(made, "cluster.apiServer.image"), "one");
  });

  it("cannot open a firewall again, and lose the smallest size of a volume", () => {
    const ingress = (action: string) => document("NetworkDefaultActionConfig", { ingress: action });
    assert.equal(at(patched(ingress("block"), ingress("accept")), "ingress", "NetworkDefaultActionConfig"), "block");
    const volume = (provisioning: object) => document("VolumeConfig", { name: "EPHEMERAL", provisioning });
    const made = patched(volume({ minSize: "10GiB", maxSize: "80%" }), volume({ grow: true }));
    assert.deepEqual(at(made, "provisioning", "VolumeConfig EPHEMERAL"), { maxSize: "80%", grow: true });
  });

  it("take texts for truth values and numbers for texts where Talos does", () => {
    const made = patched({ machine: { features: { rbac: "off" }, sysctls: { "vm.swappiness": 10 } } });
    assert.equal(at(made, "machine.features.rbac"), false);
    assert.deepEqual(at(made, "machine.sysctls"), { "vm.swappiness": "10" });
  });

  it("are refused as a whole: nothing of them is left", () => {
    const documents: Documents = new Map([["", generatedConfiguration("worker")]]);
    const before = structuredClone(documents);
    for (const patch of [
      { debug: true, machine: { featuers: {} } },
      { debug: true, machine: { features: { rbac: "true" } } },
      { debug: true, machine: { certSANs: "192.0.2.10" } },
      { kind: "HostnameConfig", hostname: "a" },
      [{ op: "replace", path: "/machine/features/rbac", value: false }],
      {},
    ]) {
      assert.throws(() => applyPatch(documents, patch), /Talos/, JSON.stringify(patch));
      assert.deepEqual(documents, before);
    }
  });

  it("are reported with place and reason to a caller that knows only a part", () => {
    const refused = (...patch: unknown[]) => {
      const all: string[] = [];
      const documents: Documents = new Map([["", generatedConfiguration("worker")]]);
      const onRefusal: OnRefusal = (path, reason) => all.push(`${path}: ${reason}`);
      applyPatches(documents, patch, onRefusal);
      return all;
    };
    const host = document("HostnameConfig", { hostname: "a" });
    assert.deepEqual(refused(host, host), ["HostnameConfig: twice"]);
    assert.deepEqual(refused({ machine: { kubelet: { extraArgs: { v: ["1"] } } } }), [
      "machine.kubelet.extraArgs.v: shape",
    ]);
    const conflict = [document("LinkConfig", { name: "a" }), document("BondConfig", { name: "a" })];
    assert.deepEqual(refused(...conflict), ["BondConfig a: conflict"]);
    const inner = { machine: { files: [{ path: "/a", content: { $patch: "delete" } }] } };
    assert.ok(refused(inner).includes("machine.files[].content: inside"));
  });

  it("are not decided where what Talos makes of them cannot be said", () => {
    const patch = (endpoint: string) => ({ cluster: { controlPlane: { endpoint } } });
    const made = patched(patch("https://192.0.2.10:6443/api"), patch("https://192.0.2.11:6443"));
    assert.equal(at(made, "cluster.controlPlane.endpoint"), "https://192.0.2.11:6443/api");
    assert.throws(() => patched(patch("https://192.0.2.10:6443"), patch("//192.0.2.11:6443")), UndecidedPatchError);
  });

  it("that are documents of a newer Talos are refused, and merged by the general rules where that does not matter", () => {
    const kubelet = (config: object) => document("KubeletConfig", { config });
    const documents: Documents = new Map();
    const reasons: string[] = [];
    for (const patch of [
      { podPidsLimit: 1, names: ["a"] },
      { podPidsLimit: 2, names: ["b"] },
    ])
      applyPatch(documents, kubelet(patch), (_path, reason) => reasons.push(reason));
    assert.deepEqual(
      { ...(documents.get("KubeletConfig")?.["config"] as object) },
      { podPidsLimit: 2, names: ["a", "b"] },
    );
    assert.deepEqual(reasons, ["kind", "kind"]);
    assert.throws(() => patched(kubelet({})), /KubeletConfig: is of a kind that this Talos does not know/);
  });
});
