import * as assert from "node:assert/strict";
import { generatedConfiguration } from "./generated";
import { applyPatch, RefusedPatchError, type Documents } from "./merge";

const gone = { $patch: "delete" };

/** The main document of a generated configuration after patches. */
function patched(...patches: object[]): Record<string, unknown> {
  const documents: Documents = new Map([["", generatedConfiguration("controlplane")]]);
  for (const patch of patches) applyPatch(documents, patch);
  return JSON.parse(JSON.stringify(documents.get(""))) as Record<string, unknown>;
}

const refused = (path: string, ...patches: object[]) =>
  assert.throws(() => patched(...patches), new RefusedPatchError(path, "missing"));

describe("deletions in patches of machine configurations", () => {
  it("take out what is there", () => {
    const flags = { cluster: { apiServer: { extraArgs: { profiling: "true", v: "2" } } } };
    const { cluster } = patched(flags, { cluster: { apiServer: { extraArgs: { profiling: gone } } } });
    assert.deepEqual((cluster as { apiServer: { extraArgs: object } }).apiServer.extraArgs, { v: "2" });
  });

  it("are refused below a section that is absent, as Talos does", () => {
    refused("machine.network.hostname", { machine: { network: { hostname: gone } } });
    refused("cluster.apiServer.extraArgs.profiling", { cluster: { apiServer: { extraArgs: { profiling: gone } } } });
    // Talos deletes first: what the same patch adds is not there yet
    refused("machine.network.hostname", { machine: { network: { nameservers: ["192.0.2.1"], hostname: gone } } });
  });

  it("are refused where a map has no such name", () => {
    const label = (name: string) => ({ machine: { nodeLabels: { [name]: gone } } });
    patched(label("node.kubernetes.io/exclude-from-external-load-balancers"));
    refused("machine.nodeLabels.rack", label("rack"));
    const kubelet = (extraConfig: object) => ({ machine: { kubelet: { extraConfig } } });
    const bounded = kubelet({ podPidsLimit: 4096, authentication: {} });
    const path = "machine.kubelet.extraConfig";
    refused(`${path}.serverTLSBootstrap`, bounded, kubelet({ serverTLSBootstrap: gone }));
    refused(`${path}.authentication.anonymous`, bounded, kubelet({ authentication: { anonymous: gone } }));
  });

  it("of a field that is merely not set change nothing", () => {
    assert.deepEqual(patched({ machine: { certSANs: gone, kubelet: { nodeIP: gone } } }), patched());
    assert.deepEqual(patched({ machine: { registries: { mirrors: gone } } }).cluster, patched().cluster);
  });

  it("take elements out of any list by the first field they name", () => {
    const files = { machine: { files: [{ path: "/var/a" }, { path: "/var/b" }] } };
    const { machine } = patched(files, { machine: { files: [{ path: "/var/a", $patch: "delete" }] } });
    assert.deepEqual((machine as { files: object[] }).files, [{ path: "/var/b" }]);
    const other = { machine: { files: [{ path: "/var/c", $patch: "delete" }] } };
    refused("machine.files[path]", files, other);
    refused("machine.files[path]", other);
  });

  it("that find nothing are reported to the caller, and the rest of the patch is applied", () => {
    const documents: Documents = new Map([["", generatedConfiguration("worker")]]);
    const missing: string[] = [];
    applyPatch(documents, { debug: true, machine: { sysctls: { "vm.swappiness": gone } } }, (path) =>
      missing.push(path),
    );
    assert.deepEqual(missing, ["machine.sysctls.vm.swappiness"]);
    assert.equal(documents.get("")?.["debug"], true);
  });
});
