import * as assert from "node:assert/strict";
import { parse } from "yaml";
import type { Crd } from "../../components/platform/crd-sources";
import { crdText, kept, withoutDescriptions } from "./crd-text";

const crd = (metadata: object = {}): Crd => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.com", ...metadata },
  spec: {
    group: "example.com",
    names: { plural: "things", kind: "Thing" },
    scope: "Namespaced",
    conversion: { strategy: "Webhook" },
    versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object", description: "A thing." } } }],
  },
});

describe("the text of a CRD", () => {
  it("loses descriptions of the schema, but no field that is called so", () => {
    const schema = {
      description: "text",
      properties: { description: { type: "string", description: "text" }, items: { items: { description: "text" } } },
      default: { description: "data" },
    };
    assert.deepEqual(withoutDescriptions(schema), {
      properties: { description: { type: "string" }, items: { items: {} } },
      default: { description: "data" },
    });
  });

  it("has the labels of the contract and no conversion webhook, which would not be answered", () => {
    const { metadata, spec } = parse(crdText(crd(), { "cluster.x-k8s.io/v1beta2": "v1" })) as Crd;
    assert.deepEqual(metadata["labels"], { "cluster.x-k8s.io/v1beta2": "v1" });
    assert.equal(spec["conversion"], undefined);
    assert.deepEqual(spec.versions[0]?.schema, { openAPIV3Schema: { type: "object" } });
  });

  it("can be kept when its release is deleted, with or without annotations of its own", () => {
    const note = { "api-approved.kubernetes.io": "https://example.com" };
    for (const annotations of [{}, note]) {
      const { metadata, spec } = parse(kept(crdText(crd({ annotations }), {}))) as Crd;
      assert.deepEqual(metadata["annotations"], { ...annotations, "helm.sh/resource-policy": "keep" });
      assert.equal(metadata.name, "things.example.com");
      assert.equal(spec.group, "example.com");
    }
  });
});
