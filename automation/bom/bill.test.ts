import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { type Bill, billText, chartsIn, imagesIn, readImage } from "./bill";

const DIGEST = "a".repeat(64);

/** The schema of CycloneDX, with those that it refers to, as the library brings them along. */
function cycloneDx() {
  const folder = join(dirname(require.resolve("@cyclonedx/cyclonedx-library/package.json")), "res", "schema");
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, `${name}.SNAPSHOT.schema.json`), "utf8")) as object;
  const ajv = new Ajv({ strict: false, logger: false, validateFormats: false });
  addFormats(ajv);
  ajv.addSchema(read("spdx"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
  ajv.addSchema(read("jsf-0.82"), "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json");
  return ajv.compile(read("bom-1.6"));
}

const BILL: Bill = {
  charts: [
    { name: "agent", version: "v1.2.3", source: "https://charts.example", digest: DIGEST },
    { name: "wrapped", version: "1.0.0", source: "https://files.example/a.yaml" },
  ],
  images: [
    { name: "registry.example/agent", tag: "v1", digest: DIGEST },
    { name: "registry.example/agent", tag: "v2" },
  ],
};

describe("a bill of materials", () => {
  it("is CycloneDX 1.6 by its schema, with digests where they are known, and says where they are not", () => {
    const bill = JSON.parse(billText("berlin", BILL)) as { specVersion: string; components: Record<string, unknown>[] };
    const valid = cycloneDx();
    assert.ok(valid(bill), JSON.stringify(valid.errors?.slice(0, 3)));
    assert.equal(bill.specVersion, "1.6");
    const hashes = (reference: string) => bill.components.find((each) => each["bom-ref"] === reference);
    assert.deepEqual(hashes("chart:agent@v1.2.3")?.["hashes"], [{ alg: "SHA-256", content: DIGEST }]);
    assert.deepEqual(hashes("image:registry.example/agent:v1")?.["hashes"], [{ alg: "SHA-256", content: DIGEST }]);
    const open = { name: "firmament:digest", value: "not pinned" };
    assert.deepEqual(hashes("chart:wrapped@1.0.0")?.["properties"], [open]);
    assert.deepEqual(hashes("image:registry.example/agent:v2")?.["properties"], [open]);
  });

  it("is refused by the schema when it is none", () => {
    assert.equal(cycloneDx()({ bomFormat: "CycloneDX", specVersion: "1.6", components: [{ name: "x" }] }), false);
  });

  it("is the same for the same cloud", () => {
    assert.equal(billText("berlin", BILL), billText("berlin", { ...BILL, charts: [...BILL.charts].reverse() }));
  });
});

describe("what a bill is made from", () => {
  it("are images wherever objects name them, each once", () => {
    const pod = {
      spec: { initContainers: [{ image: "registry.example/a:1" }], containers: [{ image: "registry.example/a:1" }] },
    };
    const machine = { volumes: [{ containerDisk: { image: "registry.example:5000/node@sha256:".concat(DIGEST) } }] };
    const plain = { image: { repository: "registry.example/no" }, installer: "factory.example/installer/x:v1" };
    assert.deepEqual(imagesIn([pod, machine, plain]), [
      { name: "factory.example/installer/x", tag: "v1" },
      { name: "registry.example/a", tag: "1" },
      { name: "registry.example:5000/node", digest: DIGEST },
    ]);
  });

  it("are images by name, tag and digest, and nothing else", () => {
    assert.deepEqual(readImage("registry.example/a/b:v1@sha256:".concat(DIGEST)), {
      name: "registry.example/a/b",
      tag: "v1",
      digest: DIGEST,
    });
    assert.equal(readImage("none"), undefined);
    assert.equal(readImage("04da6b54-80e4-46f7-96ec-b56ff0331ba9"), undefined);
  });

  it("are charts as the lock has them; others name themselves", () => {
    const lock = { agent: { version: "1.0.0", repository: "https://charts.example", digest: DIGEST } };
    const own = { name: "agent", chart: "./charts/agent-1.0.0.tgz", version: "1.0.0" };
    const other = { name: "x", chart: "shop", version: "2.0.0", repositoryOpts: { repo: "https://shop.example" } };
    assert.deepEqual(chartsIn([own, own, other], lock), [
      { name: "agent", version: "1.0.0", source: "https://charts.example", digest: DIGEST },
      { name: "shop", version: "2.0.0", source: "https://shop.example" },
    ]);
  });
});
