import * as assert from "node:assert/strict";
import { machinePatches } from "../../components/talos/machine-config";
import { parseBaseSettings } from "../../components/talos/parse";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";
import { contractOf } from "../../components/talos/version";
import { type Library, TalosOracle } from "../support/talos-oracle";
import { RandomSettings } from "./random-settings.fixture";
import { Dice } from "./talos-patches.fixture";

/** The settings, when they are right; anything but a refusal is a failure. */
function accepted(given: unknown): BaseSettings | undefined {
  try {
    return parseBaseSettings(given);
  } catch (error) {
    assert.equal((error as Error).name, "InvalidInput", (error as Error).stack);
    return undefined;
  }
}

const CASES = 2000;

// machinery 1.12, 1.13 (the provider's) and 1.14, as tests of the configurations themselves
describe("settings of machines", function () {
  it("of another machine change nothing on those that are there", () => {
    const random = new RandomSettings(new Dice(9));
    for (let seen = 0; seen < 50;) {
      const given = random.stack(13) as { base: { machines: Record<string, object> } };
      const settings = accepted(given);
      if (settings === undefined) continue;
      const last = given.base.machines["worker-1"];
      const more = structuredClone(given);
      more.base.machines["worker-2"] = JSON.parse(
        JSON.stringify(last).replaceAll("192.0.2.21", "192.0.2.22").replaceAll("00:00:21", "00:00:22"),
      ) as object;
      const grown = accepted(more) ?? assert.fail(JSON.stringify(more));
      for (const machine of machinesOf(settings)) {
        const same = machinesOf(grown).find(({ name }) => name === machine.name) ?? assert.fail(machine.name);
        assert.deepEqual(machinePatches(grown, same), machinePatches(settings, machine));
      }
      seen += 1;
    }
  });

  const libraries = new Map<Library, TalosOracle>();
  const library = (name: Library) => libraries.get(name) ?? assert.fail(name);

  before(async function () {
    for (const name of ["1.12", "1.13", "1.14"] as const) libraries.set(name, await TalosOracle.start(this, name));
  });

  it("that are accepted make configurations that every Talos takes, whatever they are", function () {
    this.timeout(240_000);
    const dice = new Dice(20_251_129);
    const random = new RandomSettings(dice);
    const bases = new Map<string, string>();
    const generated = (role: "controlplane" | "worker", contract: string) => {
      const key = `${role} ${contract}`;
      const made =
        bases.get(key) ?? library("1.13").one({ generate: { role, contract, kubernetes: "1.34.4" } }).config ?? "";
      bases.set(key, made);
      return made;
    };
    const questions: { minor: number; what: string; config: string; patches: string[] }[] = [];
    let refused = 0;
    while (questions.length < CASES) {
      const minor = 12 + dice.number(3);
      const given = random.stack(minor);
      const settings = accepted(given);
      if (settings === undefined) {
        refused += 1;
        assert.ok(refused < CASES * 10, `${questions.length} accepted`);
        continue;
      }
      const machine = dice.one(machinesOf(settings));
      const config = generated(machine.role, contractOf(settings));
      questions.push({ minor, what: JSON.stringify(given), config, patches: machinePatches(settings, machine) });
    }
    const made = library("1.13").ask(questions.map(({ config, patches }) => ({ config, patches, validate: true })));
    for (const [index, { what }] of questions.entries()) assert.equal(made[index]?.error, undefined, what);
    for (const minor of [12, 14]) {
      const asked = questions.flatMap((question, index) =>
        question.minor === minor ? [{ ...question, made: made[index] }] : [],
      );
      const taken = library(`1.${minor}` as Library).ask(
        asked.map((each) => ({ config: each.made?.config ?? "", validate: true })),
      );
      for (const [index, { what }] of asked.entries())
        assert.equal(taken[index]?.error, undefined, `1.${minor}: ${what}`);
    }
    // settings that are never wrong would show nothing
    assert.ok(refused > CASES / 10, `${refused} refused`);
  });
});
