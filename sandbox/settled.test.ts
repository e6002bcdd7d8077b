import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { StackResult } from "../automation/engine-options";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { stateFile } from "./engine";
import { layout, type Layout } from "./layout";
import { type Made, settle, unchanged } from "./settled";

const STACKS = ["base.sandbox", "platform.sandbox", "tenant.sandbox.acme"];
const MADE: Made = { stacks: STACKS, judgement: "judged", tools: [["pulumi", "/cache/pulumi"]] };

describe("a cloud that was brought to its end", () => {
  let place: Layout;
  let asked: string[];
  beforeEach(() => {
    place = layout(PACKAGE_ROOT, fs.mkdtempSync(path.join(os.tmpdir(), "firmament-settled-")));
    asked = [];
    for (const stack of STACKS) {
      write(stateFile(place, stack), `state of ${stack}`);
      write(path.join(place.workspace, `Pulumi.${stack}.yaml`), "config: {}\n");
    }
  });
  afterEach(() => fs.rmSync(place.directory, { recursive: true }));

  function write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  function result(name: string, changed: Partial<StackResult["changes"]> = {}): StackResult {
    const changes = { create: 0, update: 0, replace: 0, delete: 0, same: 7, ...changed };
    return { name, resources: 7, changes, errors: [], warnings: [], refusedByPolicy: false, seconds: 1 };
  }

  /** Previews that answer only when all have been asked for. */
  function engine(answer: (stack: string) => StackResult = (stack) => result(stack)) {
    let all = () => undefined as void;
    const begun = new Promise<void>((resolve) => (all = resolve));
    return {
      preview: async (stack: string) => {
        asked.push(stack);
        if (asked.length === STACKS.length) all();
        await begun;
        return answer(stack);
      },
    };
  }
  const answering = () => Promise.resolve(true);

  it("is previewed, all stacks side by side, and the reason is said in one line", async () => {
    settle(place, MADE);
    // what the portal puts beside the stack files
    write(path.join(place.workspace, "inventory.sandbox.yaml"), "tenants: {}\n");
    const found = await unchanged(place, MADE, engine(), answering);
    assert.deepEqual(
      found?.results.map(({ name }) => name),
      STACKS,
    );
    assert.match(
      found.reason,
      /^nothing to deploy: programs, settings, .* are those of \d{4}-.*, and no preview of 3 stacks .*$/,
    );
  });

  it("is as it was when a start writes the engine's salt to another place in a stack file", async () => {
    const file = path.join(place.workspace, "Pulumi.base.sandbox.yaml");
    write(file, "config: { a: b }\nencryptionsalt: v1:salt\n");
    settle(place, MADE);
    write(file, "# Written by `npm start`\nencryptionsalt: v1:salt\nconfig:\n  a: b\n");
    assert.ok((await unchanged(place, MADE, engine(), answering)) !== undefined);
  });

  it("is not known before the first end", async () => {
    assert.equal(await unchanged(place, MADE, engine(), answering), undefined);
    assert.deepEqual(asked, []);
  });

  const differences: Record<string, () => Made | undefined> = {
    "a state": () => void write(stateFile(place, "platform.sandbox"), "changed by somebody's own pulumi up"),
    "a state that is gone": () => fs.rmSync(stateFile(place, "platform.sandbox")) as undefined,
    "a stack file": () => void write(path.join(place.workspace, "Pulumi.base.sandbox.yaml"), "config: { a: b }\n"),
    "a stack more": () => void write(path.join(place.workspace, "Pulumi.tenant.sandbox.new.yaml"), "config: {}\n"),
    "charts or rules": () => ({ ...MADE, judgement: "other" }),
    "the engine": () => ({ ...MADE, tools: [["pulumi", "/cache/newer"]] }),
    "the layers that are wanted": () => ({ ...MADE, stacks: STACKS.slice(0, 1) }),
    "a deployment that was killed": () =>
      void write(
        path.join(place.backend, ".pulumi", "locks", "organization", "firmament", "base.sandbox", "lock.json"),
        "{}",
      ),
  };
  for (const [what, change] of Object.entries(differences)) {
    it(`is deployed, and not previewed, when this is not as it was: ${what}`, async () => {
      settle(place, MADE);
      const made = change() ?? MADE;
      assert.equal(await unchanged(place, made, engine(), answering), undefined);
      assert.deepEqual(asked, []);
    });
  }

  it("is deployed when its clusters do not answer", async () => {
    settle(place, MADE);
    assert.equal(await unchanged(place, MADE, engine(), () => Promise.resolve(false)), undefined);
    assert.deepEqual(asked, []);
  });

  for (const kind of ["create", "update", "replace", "delete"] as const) {
    it(`is deployed when one preview would ${kind} something`, async () => {
      settle(place, MADE);
      const one = engine((stack) => result(stack, stack === "tenant.sandbox.acme" ? { [kind]: 1 } : {}));
      assert.equal(await unchanged(place, MADE, one, answering), undefined);
    });
  }

  it("is deployed when a preview fails: the deployment says why", async () => {
    settle(place, MADE);
    const failing = engine((stack) => (stack === "base.sandbox" ? assert.fail("no") : result(stack)));
    assert.equal(await unchanged(place, MADE, failing, answering), undefined);
  });
});
