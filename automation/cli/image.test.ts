import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { imageReport } from "./image";

const ID = /schematic +([0-9a-f]{64})\n/;

/** A factory that gives these ids, one after the other, and what it was sent. */
function factory(status: number, ...bodies: string[]) {
  const sent: (readonly [url: string, body: string])[] = [];
  const send = ((url: string, { body }: { body: string }) => {
    sent.push([url, body]);
    return Promise.resolve(new Response(bodies[sent.length - 1] ?? "", { status }));
  }) as typeof fetch;
  return { sent, send };
}

describe("firmament image", () => {
  it("prints what the factory has, and asks nobody", async () => {
    const { sent, send } = factory(500);
    const text = await imageReport("example", { root: PACKAGE_ROOT }, send);
    const [, id = ""] = ID.exec(text) ?? [];
    assert.match(text, /^default: Talos v1\.13\.0, amd64, Secure Boot\n {2}machines: cp-1, cp-2, cp-3, worker-1, /);
    assert.match(text, new RegExp(`installer +factory\\.talos\\.dev/metal-installer-secureboot/${id}:v1\\.13\\.0\n`));
    assert.match(
      text,
      new RegExp(`iso +https://factory\\.talos\\.dev/image/${id}/v1\\.13\\.0/metal-amd64-secureboot\\.iso`),
    );
    assert.match(
      text,
      /which --register makes known to factory\.talos\.dev:\n {4}customization:\n {8}extraKernelArgs:/,
    );
    assert.deepEqual(sent, []);
  });

  it("makes the schematic known to the factory, as it was printed", async () => {
    const [, id = ""] = ID.exec(await imageReport("example", { root: PACKAGE_ROOT })) ?? [];
    const { sent, send } = factory(201, JSON.stringify({ id }));
    const text = await imageReport("example", { root: PACKAGE_ROOT, register: true }, send);
    const [[url, body] = [], ...others] = sent;
    assert.deepEqual([url, others], ["https://factory.talos.dev/schematics", []]);
    assert.match(text, /known to factory\.talos\.dev, schematic:/);
    assert.equal(text.split("schematic:\n")[1]?.replaceAll(/^ {4}/gm, ""), body?.trimEnd());
  });

  it("says what the factory refuses, and that its id is another one", async () => {
    const registering = (send: typeof fetch) => imageReport("example", { root: PACKAGE_ROOT, register: true }, send);
    await assert.rejects(
      registering(factory(400, "unknown extension\nmore").send),
      /factory\.talos\.dev\/schematics: 400 unknown extension — the factory must take the schematic; look whether/,
    );
    await assert.rejects(registering(factory(201, "{}").send), /an answer without id — the factory must take/);
    await assert.rejects(
      registering(factory(201, '{"id":"other"}').send),
      /other — the id of this schematic must be [0-9a-f]{64}/,
    );
    const away = (() =>
      Promise.reject(new TypeError("fetch failed", { cause: new Error("ENOTFOUND") }))) as typeof fetch;
    await assert.rejects(registering(away), /ENOTFOUND — the factory must take the schematic/);
  });

  it("has nothing to print of an installer that was given", async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-image-"));
    try {
      fs.copyFileSync(path.join(PACKAGE_ROOT, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
      fs.mkdirSync(path.join(root, "stacks/config"), { recursive: true });
      const sandbox = path.join(PACKAGE_ROOT, "stacks/config/Pulumi.base.sandbox.yaml");
      fs.copyFileSync(sandbox, path.join(root, "stacks/config/Pulumi.base.sandbox.yaml"));
      await assert.rejects(
        imageReport("sandbox", { root }),
        /base\.sandbox: base\.talos: installer — only images that settings describe.*give base\.talos\.image/,
      );
      await assert.rejects(imageReport("berlin", { root }), /Pulumi\.base\.berlin\.yaml/);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });
});
