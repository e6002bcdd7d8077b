import * as assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { Cidr } from "../../components/core/cidr";
import { KubernetesVersion } from "../../components/core/version";
import { machinePatches } from "../../components/talos/machine-config";
import { parseBaseSettings } from "../../components/talos/parse";
import { type BaseSettings, type Machine, machinesOf } from "../../components/talos/settings";
import { type Minor, MINORS, TalosMachines } from "../support/talos-machines";
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
const BATCH = 200;

interface Case {
  readonly minor: Minor;
  readonly given: Given;
  readonly settings: BaseSettings;
  /** The machine that is looked at. */
  readonly machine: Machine;
}
interface Given {
  readonly base: { readonly machines: Readonly<Record<string, object>> };
}

/** A machine more: a worker like the one that is there, or two control planes. */
function grown(given: Given, dice: Dice): Given {
  const { machines } = given.base;
  const like = (name: string, old: number, last: number) =>
    JSON.parse(
      JSON.stringify(machines[name])
        .replaceAll(`192.0.2.${old}`, `192.0.2.${last}`)
        .replaceAll(`00:00:${old}`, `00:00:${last}`)
        .replaceAll("0.0.0.1/8", `0.0.0.${last}/8`),
    ) as object;
  const more = dice.chance(50)
    ? { "worker-2": like("worker-1", 21, 22) }
    : { "cp-0": like("cp-1", 11, 14), "cp-9": like("cp-1", 11, 15) };
  return { ...given, base: { ...given.base, machines: { ...more, ...machines } } };
}

// machinery 1.12, 1.13 (the provider's) and 1.14, as tests of the configurations themselves
describe("two thousand random settings of machines", function () {
  this.timeout(400_000);
  const dice = new Dice(20_251_129);
  const cases: Case[] = [];
  let refused = 0;
  let machines: TalosMachines;

  before(async function () {
    machines = await TalosMachines.start(this);
    const random = new RandomSettings(dice);
    while (cases.length < CASES) {
      const minor = dice.one(MINORS);
      const given = random.stack(minor) as Given;
      const settings = accepted(given);
      if (settings !== undefined) cases.push({ minor, given, settings, machine: dice.one(machinesOf(settings)) });
      else refused += 1;
      assert.ok(refused < CASES * 10, `${cases.length} accepted`);
    }
  });

  it("are not all accepted, which would show nothing", () => assert.ok(refused > CASES / 10, `${refused} refused`));

  it("make configurations that every Talos takes, which read the same when they are printed and read again", () => {
    // all at once would take a gigabyte
    for (let first = 0; first < CASES; first += BATCH) check(cases.slice(first, first + BATCH));
  });

  const check = (batch: readonly Case[]) => {
    const made = machines.library(13).ask(
      batch.map(({ settings, machine }) => ({
        config: machines.generated(settings, machine),
        patches: machinePatches(settings, machine),
        validate: true,
      })),
    );
    const what = (index: number) => JSON.stringify(batch[index]?.given);
    for (const index of batch.keys()) assert.equal(made[index]?.error, undefined, what(index));
    // printed by this project's library for YAML, as stack files, states and golden files are
    const printed = made.map(({ documents = [] }) => ({
      config: documents.map((document) => stringify(document)).join("---\n"),
      validate: true,
    }));
    for (const [index, { config, error }] of machines.library(13).ask(printed).entries()) {
      assert.equal(error, undefined, what(index));
      assert.equal(config, made[index]?.config, what(index));
    }
    for (const minor of [12, 14] as const) {
      const asked = [...batch.keys()].filter((index) => batch[index]?.minor === minor);
      const taken = machines
        .library(minor)
        .ask(asked.map((index) => ({ config: made[index]?.config ?? "", validate: true })));
      for (const [place, index] of asked.entries())
        assert.equal(taken[place]?.error, undefined, `1.${minor}: ${what(index)}`);
    }
  };

  it("read the same when they are printed and read again", () => {
    for (const { given, settings } of cases) {
      const { registryPasswords, ...base } = settings;
      // what it means has the text that it was read from
      const text = stringify(JSON.parse(JSON.stringify({ layer: "base", base }, printed)));
      const passwords = Object.entries(registryPasswords).map(([host, each]) => [host, each?.reveal()] as const);
      const again = { ...(parse(text) as object), registryPasswords: Object.fromEntries(passwords) };
      assert.deepEqual(parseBaseSettings(again), settings, JSON.stringify(given));
    }
  });

  it("give a machine the same documents when other machines are added", () => {
    for (const { given, settings, machine } of cases) {
      const more = parseBaseSettings(grown(given, dice));
      assert.ok(machinesOf(more).length > machinesOf(settings).length);
      const same = machinesOf(more).find(({ name }) => name === machine.name) ?? assert.fail(machine.name);
      assert.deepEqual(machinePatches(more, same), machinePatches(settings, machine), JSON.stringify(given));
    }
  });
});

function printed(_: string, value: unknown): unknown {
  return value instanceof Cidr || value instanceof KubernetesVersion ? String(value) : value;
}
