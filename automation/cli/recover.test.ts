import * as assert from "node:assert/strict";
import { recoverStack } from "./recover";

const urn = "urn:pulumi:base.a::firmament::talos:machine/bootstrap:Bootstrap::etcd";

function engine(pending: readonly object[]) {
  const imported: string[] = [];
  return {
    imported,
    cancel: () => Promise.resolve(),
    exportState: () => Promise.resolve(JSON.stringify({ deployment: { resources: [], pending_operations: pending } })),
    importState: (_stack: string, state: string) => {
      imported.push(state);
      return Promise.resolve();
    },
  };
}

const bootstrap = {
  type: "creating",
  resource: { urn, type: "talos:machine/bootstrap:Bootstrap", custom: true, inputs: { node: "192.0.2.11" } },
};

describe("firmament recover", () => {
  it("asks about etcd when it has to, says how to find out, and changes nothing", async () => {
    const fake = engine([bootstrap]);
    await assert.rejects(recoverStack({ root: ".", stack: "base.a" }, fake), {
      name: "InvalidInput",
      message:
        /--etcd-bootstrapped: nothing — the bootstrap of 192\.0\.2\.11 .*; look with `talosctl --nodes 192\.0\.2\.11 service etcd`/,
    });
    assert.deepEqual(fake.imported, []);
  });

  it("reports what it did and what comes next", async () => {
    const text = await recoverStack({ root: ".", stack: "base.a", etcdBootstrapped: "yes" }, engine([bootstrap]));
    assert.match(text, /talos:machine\/bootstrap:Bootstrap etcd — in the state now/);
    assert.match(text, /Next: pulumi up --stack base\.a$/);
  });

  it("is data for programs", async () => {
    const choice = { root: ".", stack: "base.a", etcdBootstrapped: "yes", json: true } as const;
    const report: unknown = JSON.parse(await recoverStack(choice, engine([bootstrap])));
    assert.deepEqual(report, { stack: "base.a", recorded: [urn], forgotten: [], repeated: [] });
  });

  it("reports that nothing was under way", async () => {
    const text = await recoverStack({ root: ".", stack: "base.a" }, engine([]));
    assert.match(text, /base\.a: free; no operation was under way/);
  });
});
