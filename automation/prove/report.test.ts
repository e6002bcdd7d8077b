import * as assert from "node:assert/strict";
import { world } from "./prove.fixture";
import { questions } from "./questions";
import { proofReport } from "./report";
import { refusing, selects } from "./selection";
import type { Answer } from "./session";

const asked = questions(world, () => "worker-1");
const answered = (change: (question: Answer) => Partial<Answer> = () => ({})): Answer[] =>
  asked.map((question) => {
    const answer: Answer = { ...question, given: question.meant, decidedBy: ["tenant-acme/default-deny"] };
    return { ...answer, ...change(answer) };
  });

describe("a report of isolation", () => {
  it("has one line for each row and column, and what is not proven", () => {
    const { text, asMeant } = proofReport(answered(), world);
    assert.ok(asMeant);
    assert.match(text, /^acme machine +internet +1 × tcp 443 +allowed +tenant-acme\/default-deny$/m);
    assert.match(text, /^acme machine +platform pods +1 × tcp 443 +refused/m);
    assert.match(
      text,
      new RegExp(`^${asked.length} packets: 0 forbidden ones allowed, 0 needed ones refused\\.$`, "m"),
    );
    assert.match(text, /Not proven: that agent, which enforces them/);
    assert.doesNotMatch(proofReport(answered(), {}).text, /Not proven/);
  });

  it("names what is not as meant, with the policies that decide it, and counts both kinds", () => {
    const wrong = answered(({ row, column }) => {
      if (row === "acme machine" && column === "DataStore")
        return { given: "allowed", decidedBy: ["tenant-acme/open"] };
      if (row === "globex machine" && column === "internet") return { given: "refused", decidedBy: [] };
      return {};
    });
    const { text, asMeant } = proofReport(wrong, world);
    assert.ok(!asMeant);
    assert.match(
      text,
      /^acme machine → store-system\/tenants tcp 2379: allowed — must be refused; decided by tenant-acme\/open$/m,
    );
    assert.match(
      text,
      /^globex machine → internet 203\.0\.113\.80 tcp 443: refused — must be allowed; no policy decides it$/m,
    );
    assert.match(text, /1 forbidden ones allowed, 1 needed ones refused/);
    assert.match(text, /^acme machine +DataStore +1 × tcp 2379 +allowed !/m);
  });
});

describe("policies that refuse", () => {
  const question = asked.find(({ row, column }) => row === "acme machine" && column === "other tenants' machines");
  assert.ok(question !== undefined);

  it("are those that allow nothing, of the pod at which the packet ends", () => {
    assert.deepEqual(refusing(world.policies, question, "egress"), ["tenant-acme/default-deny"]);
    assert.deepEqual(refusing(world.policies, question, "ingress"), ["tenant-globex/default-deny"]);
  });

  it("are all that select the pod where none allows nothing: each refuses what no other allows", () => {
    const open = world.policies.filter(({ name }) => name !== "default-deny");
    assert.deepEqual(refusing(open, question, "egress"), ["tenant-acme/same-namespace"]);
  });

  it("select pods by labels and by keys", () => {
    const { from } = question;
    assert.ok(selects({}, from) && selects({ matchExpressions: [{ key: "pool", operator: "Exists" }] }, from));
    assert.ok(selects({ matchLabels: { pool: "a" } }, from) && !selects({ matchLabels: { pool: "b" } }, from));
    assert.ok(!selects({ matchExpressions: [{ key: "toString", operator: "Exists" }] }, from));
  });
});
