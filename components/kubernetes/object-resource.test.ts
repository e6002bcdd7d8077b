import * as assert from "node:assert/strict";
import { registrations } from "../../test/support/registrations";
import { customResource } from "./custom-resource";
import type { KubernetesObject } from "./manifest";
import { objectResource } from "./object-resource";

const typeOf = async (object: KubernetesObject) =>
  (await registrations(() => void objectResource("it", object, {})))[0];
const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: "it" } });

describe("an object as a resource", () => {
  const types: readonly (readonly [apiVersion: string, kind: string, type: string])[] = [
    ["v1", "Secret", "kubernetes:core/v1:Secret"],
    ["v1", "Namespace", "kubernetes:core/v1:Namespace"],
    ["v1", "ConfigMap", "kubernetes:core/v1:ConfigMap"],
    ["networking.k8s.io/v1", "NetworkPolicy", "kubernetes:networking.k8s.io/v1:NetworkPolicy"],
    ["cert-manager.io/v1", "Issuer", "kubernetes:cert-manager.io/v1:Issuer"],
    ["cluster.x-k8s.io/v1beta2", "Cluster", "kubernetes:cluster.x-k8s.io/v1beta2:Cluster"],
    ["snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass"],
  ];
  for (const [apiVersion, kind, type] of types) {
    it(`of ${apiVersion} ${kind} is ${type}`, async () => {
      const made = await typeOf(object(apiVersion, kind));
      assert.equal(made?.type, type);
      assert.deepEqual(made?.inputs, object(apiVersion, kind));
    });
  }

  it("is refused for a built-in kind without an entry: its type would be another one", async () => {
    for (const [apiVersion, kind] of [
      ["apps/v1", "ControllerRevision"],
      ["v1", "Binding"],
      ["coordination.k8s.io/v1", "Lease"],
    ] as const) {
      await assert.rejects(typeOf(object(apiVersion, kind)), new RegExp(`${kind} — is a kind of Kubernetes itself`));
    }
  });

  it("is the same as the class of its kind makes", async () => {
    const Cluster = customResource<{ readonly paused: boolean }>("cluster.x-k8s.io/v1beta2", "Cluster");
    const body = { metadata: { name: "it" }, spec: { paused: true } };
    const [made] = await registrations(() => void new Cluster("it", body));
    const plain = await typeOf({ apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster", ...body });
    assert.deepEqual(made, plain);
  });
});
