import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { evaluate, UNKNOWN, type Finding } from "..";
import { exampleOf } from "./example";
import { deployment, secured } from "./library/examples";
import { RULES } from "../rules";

type Fields = Record<string, unknown>;
type Way = readonly string[];

const plain = (value: object): Fields => JSON.parse(JSON.stringify(value)) as Fields;

/** Ways to every value inside another. */
function waysIn(value: unknown, way: Way = []): Way[] {
  if (typeof value !== "object" || value === null) return [way];
  return [way, ...Object.entries(value).flatMap(([name, inner]) => waysIn(inner, [...way, name]))];
}

function put(root: Fields, way: Way, value: unknown): Fields {
  const copy = structuredClone(root);
  const holder = way.slice(0, -1).reduce<Fields>((at, step) => at[step] as Fields, copy);
  const last = way.at(-1);
  if (last === undefined) return value as Fields;
  holder[last] = value;
  return copy;
}

const failed = (findings: readonly Finding[]) => findings.filter(({ reason }) => reason === "failed");

const ODD = [null, true, 0, -1, 1e308, "", "x", [], [[]], {}, { a: 1 }, [null], UNKNOWN];

/** Manifests and resources of every kind the rules know: their own examples. */
const examples = RULES.flatMap(({ docs }) => [docs.pass, docs.fail]).flatMap((each) => exampleOf(each).resources);

describe("hostile input", () => {
  it("of any shape is survived by every rule", async () => {
    for (const example of examples) {
      const root = plain(example);
      const mutants = waysIn(root).flatMap((way, index) => {
        const odd = [ODD[index % ODD.length], ODD[(index * 7 + 3) % ODD.length]];
        return odd.map((value) => put(root, way, value));
      });
      assert.deepEqual(failed(await evaluate({ resources: mutants })), []);
    }
  }).timeout(120_000);

  it("made of anything is survived as well", async () => {
    const anything = fc.object({ maxDepth: 5, withNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anything),
        fc.constantFrom(...examples),
        fc.constantFrom("spec", "metadata"),
        async (odd, example, at) => {
          const dressed = odd.map((value) => ({ ...plain(example), [at]: value }));
          assert.deepEqual(failed(await evaluate({ resources: [...odd, ...dressed] })), []);
        },
      ),
      { numRuns: 200 },
    );
  }).timeout(60_000);

  it("does not hide a violation that stands elsewhere", async () => {
    const guilty = plain(deployment({ hostNetwork: true, volumes: [], containers: [secured({ privileged: true })] }));
    const needed = (way: Way) => ["hostNetwork", "privileged"].some((name) => way.includes(name));
    for (const way of waysIn(guilty)) {
      const around =
        way.length < 7 &&
        [
          "spec",
          "spec.template",
          "spec.template.spec",
          "spec.template.spec.containers",
          "kind",
          "apiVersion",
          "",
        ].includes(way.join("."));
      if (needed(way) || around || way.includes("containers")) continue;
      for (const value of ODD) {
        const rules = (await evaluate({ resources: [put(guilty, way, value)] })).map(({ rule }) => rule);
        assert.ok(rules.includes("pss-host-namespaces") && rules.includes("pss-privileged"), way.join("."));
      }
    }
  });

  it("that is malformed is undecided, never passed", async () => {
    const findings = await evaluate({
      resources: [plain(deployment({ containers: { a: { securityContext: { privileged: true } } } }))],
    });
    const [finding] = findings.filter(({ rule }) => rule === "pss-privileged");
    assert.deepEqual(
      [finding?.status, finding?.reason, finding?.path],
      ["undecided", "malformed", "spec.template.spec.containers"],
    );
  });

  it("with keys of prototypes changes nothing and hides nothing", async () => {
    const text =
      '{"apiVersion":"v1","kind":"Pod","__proto__":{"spec":{}},"constructor":{"prototype":{"polluted":1}},"spec":{"hostPID":true}}';
    const rules = (await evaluate({ resources: [JSON.parse(text)] })).map(({ rule }) => rule);
    assert.ok(rules.includes("pss-host-namespaces"));
    assert.equal(({} as Fields)["polluted"], undefined);
    const inherited = Object.assign(Object.create({ spec: { hostPID: true } }) as Fields, {
      apiVersion: "v1",
      kind: "Pod",
    });
    assert.ok(!(await evaluate({ resources: [inherited] })).some(({ rule }) => rule === "pss-host-namespaces"));
  });

  it("nested deeply, in a circle, or in Lists of Lists ends, and what is inside is evaluated", async () => {
    const pod = plain({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { hostPID: true } });
    let lists: Fields = pod;
    for (let depth = 0; depth < 5000; depth++) lists = { apiVersion: "v1", kind: "List", items: [lists] };
    const circle: Fields = { apiVersion: "v1", kind: "List", items: [pod] };
    (circle["items"] as unknown[]).push(circle);
    let deep: Fields = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    const odd = { ...pod, metadata: { name: "a", annotations: { deep } }, status: circle };
    for (const resource of [lists, circle, odd]) {
      const findings = await evaluate({ resources: [resource] });
      assert.equal(findings.filter(({ rule }) => rule === "pss-host-namespaces").length, 1);
      assert.deepEqual(failed(findings), []);
    }
  });

  it("that is a List of something else than objects never passes", async () => {
    for (const items of [7, "x", { a: 1 }, [7, "x"]]) {
      const found = await evaluate({ resources: [{ apiVersion: "v1", kind: "List", items }] });
      assert.ok(
        found.some(({ status, path }) => status === "undecided" && path.startsWith("items")),
        JSON.stringify({ items, found }),
      );
    }
  });

  it("of ten megabytes is evaluated, and in time", async () => {
    const text = "abcdefghij ".repeat(1_000_000);
    const data = {
      text,
      lines: text.replaceAll(" ", "\n"),
      packed: "A".repeat(10_000_000),
      colons: "a:".repeat(5_000_000),
    };
    await evaluate({
      resources: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" }, data }],
    });
    const wide = Array.from({ length: 100_000 }, (_, index) => ({ name: `c${index}`, image: "x" }));
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: wide } };
    assert.ok((await evaluate({ resources: [pod] })).length > 100_000);
    // a time limit, not a measurement: what goes wrong here takes minutes
  }).timeout(120_000);
});

/** Of a resource of the engine only its inputs may be unknown; of a manifest all but what it is. */
function mayBeUnknown(root: Fields, [first, second, ...rest]: Way): boolean {
  if ([second, ...rest].includes("4dabf18193072939515e22adb298388d")) return false;
  const isResource = typeof root["type"] === "string" && "props" in root;
  return isResource
    ? first === "props" && second !== undefined
    : first !== undefined && !["apiVersion", "kind"].includes(first);
}

describe("a value that is not known yet", () => {
  it("never crashes a rule, and never makes a violation of what complies", async () => {
    const rash: string[] = [];
    for (const rule of RULES) {
      const { resources, context, config, params, version } = exampleOf(rule.docs.pass);
      for (const [index, resource] of resources.entries()) {
        const root = plain(resource);
        for (const way of waysIn(root).filter((each) => mayBeUnknown(root, each))) {
          const mutant = resources.map((each, at) => (at === index ? put(root, way, UNKNOWN) : each));
          const findings = await evaluate({ resources: mutant, context, config, params, version });
          assert.deepEqual(failed(findings), []);
          const wrong = findings.some((each) => each.rule === rule.id && each.status === "violation");
          if (wrong) rash.push(`${rule.id}: ${way.join(".")}`);
        }
      }
    }
    assert.deepEqual(rash, []);
  }).timeout(120_000);
});
