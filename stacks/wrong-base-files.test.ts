import * as assert from "node:assert/strict";
import { stringify, parse } from "yaml";
import { describe as printed, InvalidInput } from "../components/core/problem";
import { parseBaseSettings } from "../components/talos/parse";
import { base } from "../components/talos/settings.fixture";
import { WRONG_PLACES } from "../components/talos/wrong-places.fixture";
import { WRONG_SOFTWARE } from "../components/talos/wrong-software.fixture";
import { run } from "../test/support/registrations";
import { deploy } from "./deploy";

const WRONG = { ...WRONG_PLACES, ...WRONG_SOFTWARE };

/** `firmament:base` as it comes out of the stack file. */
const inFile = (change: object): object => parse(stringify({ ...base, ...change })) as object;

describe("base stack files that are wrong", () => {
  it("are forty and more", () => assert.ok(Object.keys(WRONG).length >= 40));

  for (const [what, [change, message]] of Object.entries(WRONG)) {
    it(`are refused with one message: ${what}`, () => {
      assert.match(message, /^\S+: .+ — .+; .+$/);
      assert.throws(
        () => parseBaseSettings({ layer: "base", base: inFile(change) }),
        (error) => {
          assert.ok(error instanceof InvalidInput);
          assert.deepEqual(
            error.problems.map((problem) => printed(problem).trim()),
            [message],
          );
          return true;
        },
      );
    });
  }

  for (const what of ["an endpoint that nothing answers at", "a disk that changes its name", "a log-in by flags"]) {
    it(`create and read nothing: ${what}`, async () => {
      const [change, message] = WRONG[what] ?? assert.fail(what);
      const touched: string[] = [];
      const attempt = run(deploy, {
        stack: "base.berlin",
        config: { "firmament:layer": "base", "firmament:base": JSON.stringify(inFile(change)) },
        watch: (type, name) => void touched.push(`${type} ${name}`),
        call: (token) => {
          touched.push(token);
          return {};
        },
      });
      await assert.rejects(attempt, (error: Error) => error.message.includes(message));
      // what the stack itself published last is in its state
      assert.deepEqual(
        touched.filter((each) => !each.startsWith("pulumi:pulumi:")),
        [],
      );
    });
  }
});
