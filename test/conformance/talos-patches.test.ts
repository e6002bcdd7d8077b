import * as assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { type Fields, isFields } from "../../components/core/fields";
import {
  applyPatches,
  documentKey,
  type Documents,
  RefusedPatchError,
  UndecidedPatchError,
} from "../../policies/engine/library/talos/merge";
import machinery from "../../policies/engine/library/talos/machinery.json";
import { documentKind } from "../../policies/engine/library/talos/schema";
import { type Answer, TalosOracle } from "../support/talos-oracle";
import { Dice, Maker, spoil, startOf } from "./talos-patches.fixture";

/** Patches are tried over each of these configurations, as Talos generates them. */
const BASES = (["controlplane", "worker"] as const).flatMap((role) =>
  ["v1.12", "v1.13"].map((contract) => ({ role, contract, kubernetes: "1.34.4" })),
);

/** Of each configuration. A patch has up to three texts of up to two documents. */
const PATCHES = 500;

interface Case {
  readonly base: string;
  /** Each a list of documents. */
  readonly patches: readonly (readonly unknown[])[];
}

type Outcome = { readonly refused: string } | { readonly config: string } | { readonly undecided: string };

/** A text of documents, as people and programs write it. */
const written = (documents: readonly unknown[]) => documents.map((each) => JSON.stringify(each)).join("\n---\n");

const parsed = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Fields);

/** What the policies make of a patch. */
function merged({ base, patches }: Case): Outcome {
  const documents: Documents = new Map(parsed(base).map((each) => [documentKey(each), each]));
  try {
    for (const patch of patches) applyPatches(documents, patch);
    return { config: written([...documents.values()]) };
  } catch (error) {
    if (error instanceof RefusedPatchError) return { refused: error.message };
    if (error instanceof UndecidedPatchError) return { undecided: error.message };
    throw error;
  }
}

const KINDS = Object.keys(machinery.documents).filter((kind) => kind !== "");

/** Random patches over one configuration. Documents that are not there are not deleted: Talos does not survive that. */
function patchesOver(base: string, dice: Dice): Case["patches"] {
  const maker = new Maker(dice);
  const there = new Map(parsed(base).map((each) => [documentKey(each), each]));
  return Array.from({ length: 1 + dice.number(3) }, () => {
    const texts = Array.from({ length: dice.chance(80) ? 1 : 2 }, () => {
      const keys = [...there.keys()];
      const again = dice.chance(55) ? dice.one(keys) : dice.chance(50) ? "" : dice.one(KINDS);
      const [kind = "", known] = again.split(" ");
      const named = documentKind(kind).named === true;
      const key = named ? `${kind} ${known ?? dice.one(["one", "two"])}` : kind;
      const { type, head } = startOf(kind, named ? key.slice(kind.length + 1) : undefined);
      const value = dice.chance(70) ? maker.value(type, "", 0) : {};
      const patch: Fields = { ...(isFields(value) ? value : {}), ...head };
      const present = there.get(key);
      if (present !== undefined && kind !== "" && dice.chance(8)) {
        there.delete(key);
        return { ...head, $patch: "delete" };
      }
      if (present !== undefined && (dice.chance(25) || Object.keys(patch).length === 0)) {
        maker.deletion(patch, present, type);
      }
      if (dice.chance(7)) spoil(patch, type, dice);
      if (dice.chance(1)) delete patch["apiVersion"];
      return patch;
    });
    for (const text of texts) {
      const key = documentKey(text);
      const added = text["$patch"] !== "delete" && (key === "" || text["apiVersion"] !== undefined);
      if (added) there.set(key, { ...there.get(key), ...text });
    }
    return texts;
  });
}

describe("patches of machine configurations", function () {
  let talos: TalosOracle;
  let bases: readonly string[];

  before(async function () {
    talos = await TalosOracle.start(this);
    bases = talos.ask(BASES.map((generate) => ({ generate }))).map(({ config }) => config ?? "");
  });

  // machinery 1.13.0, from which the pinned provider is built
  it("have the types that the library of Talos has", () => {
    const stale = "policies/engine/library/talos/machinery.json is stale: run `node dist/test/support/talos-schema.js`";
    assert.deepEqual(machinery, talos.one({ schema: true }).schema, stale);
  });

  it(`give what Talos gives, or are refused as it refuses them (${BASES.length * PATCHES} random ones)`, function () {
    this.timeout(180_000);
    const dice = new Dice(20_261_129);
    const cases = bases.flatMap((base) =>
      Array.from({ length: PATCHES }, (): Case => ({ base, patches: patchesOver(base, dice) })),
    );
    const wanted = talos.ask(cases.map(({ base, patches }) => ({ config: base, patches: patches.map(written) })));
    const ours = cases.map(merged);
    const read = talos.ask(ours.map((one) => ({ config: "config" in one ? one.config : "" })));
    const counts = { same: 0, refused: 0, undecided: 0, unreadable: 0 };
    const differences = cases.flatMap(({ patches }, index) => {
      const verdict = compared(wanted[index] ?? {}, ours[index] as Outcome, read[index] ?? {});
      if (verdict in counts) counts[verdict as keyof typeof counts] += 1;
      return verdict in counts ? [] : [`${verdict}\n${patches.map(written).join("\n=====\n")}`];
    });
    assert.deepEqual(differences.slice(0, 5), [], `${differences.length} differ`);
    assert.ok(counts.same >= 1_000, `${counts.same} were applied`);
    assert.ok(counts.refused >= 100, `${counts.refused} were refused`);
    assert.ok(counts.undecided + counts.unreadable <= cases.length / 50, JSON.stringify(counts));
  });
});

/** @returns same, refused, undecided, or what differs. */
function compared(wanted: Answer, ours: Outcome, read: Answer): string {
  if (wanted.error?.startsWith("panic") === true) return `Talos panics: ${wanted.error}`;
  if ("undecided" in ours) return "undecided";
  // what Talos writes and cannot read again, no machine takes
  if (wanted.error?.startsWith("configuration:") === true) return "unreadable";
  if ("refused" in ours) return wanted.error === undefined ? `refused only here: ${ours.refused}` : "refused";
  if (wanted.error !== undefined) return `Talos refuses it: ${wanted.error}`;
  if (read.error !== undefined) return `the result cannot be read: ${read.error}`;
  const byKey = ({ documents = [] }: Answer) => new Map(documents.map((each) => [documentKey(each), each]));
  try {
    assert.deepEqual(byKey(read), byKey(wanted));
    return "same";
  } catch (error) {
    return String((error as Error).message).slice(0, 1500);
  }
}
