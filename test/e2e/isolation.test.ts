import * as assert from "node:assert/strict";
import { InvalidInput } from "../../components/core/problem";
import { worldOfCloud } from "../../automation/prove/of-cloud";
import { proofReport } from "../../automation/prove/report";
import { type Answer, IsolationProof } from "../../automation/prove/session";
import type { ProofWorld } from "../../automation/prove/world";
import { silentProgress } from "../../sandbox/offline/toolchain";
import { ovnPrograms } from "../../sandbox/offline/ovn";
import { proofPrograms } from "../../sandbox/prove";
import { ROOT } from "./support";

/** The policies of the sandbox's own cloud, as Kube-OVN's real controller reads them and OVN's own tracer answers. */
describe("isolation of tenants", function () {
  let world: ProofWorld;
  let proof: IsolationProof | undefined;
  let answers: Answer[];

  before(async function () {
    const options = { progress: silentProgress };
    try {
      await ovnPrograms(options);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      process.stderr.write(`    isolation is not proven here: ${error.message}\n`);
      return this.skip();
    }
    world = await worldOfCloud(ROOT, "sandbox");
    proof = await IsolationProof.start(world, await proofPrograms(options));
    answers = await proof.ask();
  });
  after(() => proof?.close());

  it("is what it is meant to be: nothing forbidden arrives, nothing needed is refused", () => {
    const { text, asMeant } = proofReport(answers, world);
    assert.ok(asMeant, text);
    assert.ok(answers.filter(({ meant }) => meant === "refused").length > 20);
    assert.ok(answers.filter(({ meant }) => meant === "allowed").length > 10);
  });

  it("is decided by policies: every packet that is refused has one, and every one that is allowed to leave", () => {
    for (const { row, column, given, decidedBy } of answers)
      if (given === "refused") assert.ok(decidedBy.length > 0, `${row} → ${column}`);
    const internet = answers.find(({ row, column }) => row === "acme machine" && column === "internet");
    assert.deepEqual(internet?.decidedBy, ["tenant-acme/internet"]);
  });

  it("turns exactly those answers that a policy gives when it is taken away", async () => {
    const changed = async (namespace: string, name: string) => {
      const policy = world.policies.find((each) => each.namespace === namespace && each.name === name);
      assert.ok(proof !== undefined && policy !== undefined);
      await proof.remove(policy);
      const now = await proof.ask();
      await proof.apply(policy);
      await proof.settled();
      return now
        .filter(({ given }, index) => given !== answers[index]?.given)
        .map(({ row, column, given }) => `${row} → ${column}: ${given}`);
    };
    assert.deepEqual(await changed("tenant-acme", "internet"), ["acme machine → internet: refused"]);
    assert.deepEqual(await changed("tenant-globex", "data-store"), ["globex control plane → DataStore: refused"]);
    assert.deepEqual(await changed("tenant-acme", "dns"), [
      "acme control plane → DNS: refused",
      "acme machine → DNS: refused",
    ]);
  });

  it("falls with all policies of a tenant: without any, what they forbid arrives", async () => {
    assert.ok(proof !== undefined);
    for (const policy of world.policies.filter(({ namespace }) => namespace === "tenant-acme"))
      await proof.remove(policy);
    const now = await proof.ask();
    const open = now.filter(({ meant, given }) => meant === "refused" && given === "allowed");
    assert.ok(open.some(({ row, column }) => row === "acme machine" && column === "management API"));
    assert.ok(
      open.every(({ row }) => row.startsWith("acme") || row.startsWith("kube-system")),
      "globex keeps its own",
    );
    assert.ok(!proofReport(now, world).asMeant);
  });
});
