import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { z } from "zod";
import { accept, baseContract, consume, lastOutputs, platformContract, publish, tenantContract } from "./contracts";
import { run } from "../test/support/registrations";

const text = fc.string({ maxLength: 20 });
const networks = { podCidrs: fc.array(text), serviceCidrs: fc.array(text), dnsDomain: text };
/** Keys that cannot be mistaken for something of Object.prototype. */
const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/).filter((name) => !(name in {}));

const terms = {
  base: fc.record({
    ...networks,
    cluster: text,
    endpoint: text,
    kubernetesVersion: text,
    nodeCidrs: fc.array(text),
    installer: text,
    extensions: fc.array(text),
    images: fc.dictionary(key, fc.dictionary(key, text)),
    etcdBackups: fc.boolean(),
    reachableFrom: fc.array(text),
    machines: fc.dictionary(
      key,
      fc.record({
        role: fc.constantFrom("controlplane" as const, "worker" as const),
        address: text,
        installer: text,
        extensions: fc.array(text),
      }),
    ),
    kubeconfig: text,
    talosconfig: text,
  }),
  platform: fc.record({
    cluster: text,
    networks: fc.dictionary(key, text),
    fixed: fc.dictionary(key, text),
    dataStore: text,
    storageClass: text,
    storageClasses: fc.dictionary(
      key,
      fc.record(
        { shared: fc.boolean(), expandable: fc.boolean(), snapshotClass: text },
        { requiredKeys: ["shared", "expandable"] },
      ),
    ),
    mirror: fc.record({ charts: text, images: text }, { requiredKeys: [] }),
    podNetwork: fc.record({ chart: text, version: text, repository: text }),
    kubeconfig: text,
  }),
  tenant: fc.record({
    cluster: text,
    namespace: text,
    endpoint: text,
    kubernetesVersion: text,
    nodeVersions: fc.dictionary(key, text),
    podCidr: text,
    serviceCidr: text,
    kubeconfig: text,
  }),
};

const contracts = [baseContract, platformContract, tenantContract] as const;
type AnyContract = Parameters<typeof accept>[0];
type AnyTerms = Parameters<typeof publish>[1];

/** What the next layer gets when one layer has published, by way of a stack's recorded outputs. */
async function handedOver(contract: AnyContract, given: object) {
  const stack = `organization/firmament/${contract.layer}.berlin`;
  const published = await run(() => publish(contract, given as AnyTerms));
  let received: unknown;
  const next = await run(
    async () => {
      received = await consume(contract, stack);
    },
    { stacks: { [stack]: published.outputs }, secretOutputs: published.secretOutputs },
  );
  return { published, received, next };
}

describe("contracts between layers", () => {
  for (const contract of contracts) {
    it(`hand the ${contract.layer} layer's terms over as they were published, its secrets as secrets`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(terms[contract.layer as keyof typeof terms], async (given) => {
          const { published, received } = await handedOver(contract, given);
          assert.deepEqual(received, JSON.parse(JSON.stringify(given)));
          assert.deepEqual([...published.secretOutputs].sort(), [...contract.secrets].sort());
        }),
        { numRuns: 25 },
      );
    });

    it(`of the ${contract.layer} layer name every term that is missing, and the command that publishes it`, () => {
      const bare = { contract: `${contract.layer}/${contract.version}` };
      assert.throws(
        () => accept<z.ZodRawShape>(contract, `${contract.layer}.berlin`, bare),
        (error: Error) => {
          for (const [term, schema] of Object.entries<z.ZodType>(contract.schema.shape)) {
            // a term that older stacks do not publish
            if (schema.isOptional()) continue;
            assert.match(error.message, new RegExp(`${contract.layer}\\.berlin\\.${term}: .*run \`pulumi up --stack`));
          }
          return true;
        },
      );
    });
  }

  it("say which stack to run when nothing is published yet", async () => {
    await assert.rejects(
      run(() => consume(platformContract, "organization/firmament/platform.berlin")),
      {
        name: "InvalidInput",
        message: /nothing published yet — must be platform\/1; run `pulumi up --stack platform\.berlin` first/,
      },
    );
  });

  it("refuse another version of themselves", () => {
    assert.throws(
      () => accept(platformContract, "platform.berlin", { contract: "platform/7" }),
      /platform\/7 — must be platform\/1/,
    );
  });

  it("refuse a term that does not fit, without showing it", () => {
    const outputs = { contract: "tenant/1", kubeconfig: { hush: "hush" } };
    assert.throws(
      () => accept(tenantContract, "tenant.berlin.acme", outputs),
      ({ message }: Error) => message.includes("tenant.berlin.acme.kubeconfig") && !message.includes("hush"),
    );
  });
});

describe("the last output of a stack", () => {
  const stack = "organization/firmament/base.berlin";
  const read = async (outputs: Record<string, unknown>, secretOutputs: string[] = []) => {
    let found: unknown;
    await run(
      async () => {
        found = (await lastOutputs(stack, ["kubernetesVersion"]))["kubernetesVersion"];
      },
      { stacks: { [stack]: outputs }, secretOutputs },
    );
    return found;
  };

  it("is what was deployed last, plain or secret", async () => {
    assert.equal(await read({ kubernetesVersion: "v1.34.4" }), "v1.34.4");
    assert.equal(await read({ kubernetesVersion: "v1.34.4" }, ["kubernetesVersion"]), "v1.34.4");
  });

  it("is nothing before the first deployment", async () => {
    assert.equal(await read({}), undefined);
  });
});
