import * as assert from "node:assert/strict";
import type { Fields } from "../components/core/fields";
import type { KubernetesApi } from "./kubernetes-api";
import { recover } from "./recover";
import type { PendingOperation, State, StateResource } from "./state";

const urn = (type: string, name: string) => `urn:pulumi:platform.a::firmament::${type}::${name}`;
const secret = (plaintext: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(plaintext),
});
const provider: StateResource = {
  urn: urn("pulumi:providers:kubernetes", "management"),
  type: "pulumi:providers:kubernetes",
  custom: true,
  id: "1234",
  inputs: { kubeconfig: secret("the kubeconfig") },
};
const via = `${provider.urn}::1234`;

function creating(type: string, name: string, inputs: Fields, more: Partial<StateResource> = {}): PendingOperation {
  return { type: "creating", resource: { urn: urn(type, name), type, custom: true, provider: via, inputs, ...more } };
}

const object = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

/** An engine with one state; keeps what was imported. */
class FakeEngine {
  readonly cancelled: string[] = [];
  imported: State | undefined;
  plainExports = 0;

  constructor(private readonly pending: readonly PendingOperation[]) {}

  cancel(stack: string): Promise<void> {
    this.cancelled.push(stack);
    return Promise.resolve();
  }

  exportState(_stack: string, options: { readonly plainSecrets?: boolean } = {}): Promise<string> {
    if (options.plainSecrets === true) this.plainExports++;
    const state = { version: 3, deployment: { resources: [provider], pending_operations: this.pending } };
    return Promise.resolve(JSON.stringify(state));
  }

  importState(_stack: string, state: string): Promise<void> {
    this.imported = JSON.parse(state) as State;
    return Promise.resolve();
  }
}

/** A cluster that has these objects, by path. */
function cluster(objects: Readonly<Record<string, object>>): KubernetesApi & { readonly deleted: string[] } {
  const deleted: string[] = [];
  const kinds = [
    { name: "namespaces", kind: "Namespace", namespaced: false },
    { name: "configmaps", kind: "ConfigMap", namespaced: true },
  ];
  const all: Readonly<Record<string, object>> = { "/api/v1": { resources: kinds }, ...objects };
  return {
    cluster: "management",
    deleted,
    get: (path) => Promise.resolve(all[path] as Fields | undefined),
    delete: (path) => {
      deleted.push(path);
      return Promise.resolve();
    },
    patch: () => Promise.reject(new Error("a recovery changes no object")),
  };
}

const ours = { metadata: { namespace: "shop", managedFields: [{ manager: "pulumi-kubernetes-1a2b" }] } };
const notBootstrapped = () => Promise.resolve(false);

describe("the recovery of a killed deployment", () => {
  it("frees the lock, and leaves a state alone in which nothing was under way", async () => {
    const engine = new FakeEngine([]);
    const recovery = await recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped });
    assert.deepEqual(recovery, { recorded: [], forgotten: [], repeated: [] });
    assert.deepEqual(engine.cancelled, ["platform.a"]);
    assert.equal(engine.imported, undefined);
    assert.equal(engine.plainExports, 0);
  });

  for (const happened of [true, false]) {
    it(`${happened ? "records" : "repeats"} a bootstrap that has ${happened ? "" : "not "}happened`, async () => {
      const type = "talos:machine/bootstrap:Bootstrap";
      const engine = new FakeEngine([creating(type, "etcd", { node: "192.0.2.11" })]);
      const asked: string[] = [];
      const { recorded, repeated } = await recover(engine, "base.a", {
        etcdBootstrapped: (node) => Promise.resolve(asked.push(node) > 0 && happened),
      });
      assert.deepEqual(asked, ["192.0.2.11"]);
      assert.deepEqual(happened ? recorded : repeated, [urn(type, "etcd")]);
      const { resources = [], pending_operations } = engine.imported?.deployment ?? {};
      assert.equal(pending_operations, undefined);
      assert.equal(resources.length, happened ? 2 : 1);
      if (happened) assert.equal(resources[1]?.id, "machine_bootstrap");
    });
  }

  it("records an object that exists, so that the next deployment updates it and waits for it", async () => {
    const inputs = { ...object("v1", "ConfigMap", "web", "shop"), data: { key: "value" } };
    const engine = new FakeEngine([creating("kubernetes:core/v1:ConfigMap", "web", inputs)]);
    const given: string[] = [];
    const api = cluster({ "/api/v1/namespaces/shop/configmaps/web": ours });
    const connect = (kubeconfig: string) => {
      given.push(kubeconfig);
      return api;
    };
    const { recorded } = await recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped, connect });
    assert.deepEqual(given, ["the kubeconfig"]);
    assert.equal(recorded.length, 1);
    const [, resource] = engine.imported?.deployment.resources ?? [];
    assert.equal(resource?.id, "shop/web");
    assert.deepEqual(resource.inputs?.["data"], { key: "value" });
    const outputs = resource.outputs ?? {};
    assert.equal(outputs["__fieldManager"], "pulumi-kubernetes-1a2b");
    assert.equal(outputs["__initialApiVersion"], "v1");
    // an annotation that the program does not have: the provider sees a difference
    assert.notDeepEqual((outputs["__inputs"] as Fields)["metadata"], inputs.metadata);
  });

  it("knows objects without a namespace", async () => {
    const inputs = object("v1", "Namespace", "shop");
    const engine = new FakeEngine([creating("kubernetes:core/v1:Namespace", "shop", inputs)]);
    const { managedFields } = ours.metadata;
    const api = cluster({ "/api/v1/namespaces/shop": { metadata: { managedFields } } });
    await recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped, connect: () => api });
    assert.equal(engine.imported?.deployment.resources?.[1]?.id, "shop");
  });

  const repeated = {
    "does not exist": {},
    "somebody else made": {
      "/api/v1/namespaces/shop/configmaps/web": { metadata: { managedFields: [{ manager: "kubectl" }] } },
    },
  };
  for (const [what, objects] of Object.entries(repeated)) {
    it(`leaves to the next deployment an object that ${what}`, async () => {
      const inputs = object("v1", "ConfigMap", "web", "shop");
      const engine = new FakeEngine([creating("kubernetes:core/v1:ConfigMap", "web", inputs)]);
      const connect = () => cluster(objects);
      const recovery = await recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped, connect });
      assert.deepEqual(recovery.recorded, []);
      assert.equal(recovery.repeated.length, 1);
      assert.equal(engine.imported?.deployment.resources?.length, 1);
    });
  }

  it("removes Helm's record of an installation without an end", async () => {
    const release = creating("kubernetes:helm.sh/v3:Release", "metallb", { name: "metallb", namespace: "metallb" });
    const engine = new FakeEngine([release]);
    const api = cluster({});
    const { forgotten } = await recover(engine, "platform.a", {
      etcdBootstrapped: notBootstrapped,
      connect: () => api,
    });
    assert.deepEqual(api.deleted, ["/api/v1/namespaces/metallb/secrets?labelSelector=owner%3Dhelm%2Cname%3Dmetallb"]);
    assert.equal(forgotten.length, 1);
  });

  it("removes Helm's record of an update without an end, which would refuse every other one", async () => {
    const { resource } = creating("kubernetes:helm.sh/v3:Release", "metallb", {
      name: "metallb",
      namespace: "metallb",
    });
    const engine = new FakeEngine([{ type: "updating", resource }]);
    const selector = encodeURIComponent("owner=helm,status in (pending-install,pending-upgrade,pending-rollback)");
    const labels = { owner: "helm", name: "metallb", status: "pending-upgrade", version: "2" };
    const records = { items: [{ metadata: { name: "sh.helm.release.v1.metallb.v2", labels } }] };
    const api = cluster({ [`/api/v1/namespaces/metallb/secrets?labelSelector=${selector}`]: records });
    const connect = () => api;
    const { forgotten, repeated } = await recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped, connect });
    assert.deepEqual(api.deleted, ["/api/v1/namespaces/metallb/secrets/sh.helm.release.v1.metallb.v2"]);
    assert.deepEqual([forgotten.length, repeated.length], [0, 1]);
  });

  it("asks no cluster for what a provider that is not in the state would have made", async () => {
    const inputs = object("v1", "ConfigMap", "web", "shop");
    const engine = new FakeEngine([creating("kubernetes:core/v1:ConfigMap", "web", inputs, { provider: "other::1" })]);
    const connect = () => assert.fail("it was asked");
    const { repeated } = await recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped, connect });
    assert.equal(repeated.length, 1);
  });

  it("changes nothing when a cluster does not answer", async () => {
    const inputs = object("v1", "ConfigMap", "web", "shop");
    const engine = new FakeEngine([creating("kubernetes:core/v1:ConfigMap", "web", inputs)]);
    const connect = () => ({ ...cluster({}), get: () => Promise.reject(new Error("no answer")) });
    await assert.rejects(recover(engine, "platform.a", { etcdBootstrapped: notBootstrapped, connect }), /no answer/);
    assert.equal(engine.imported, undefined);
  });
});
