import assert from "node:assert/strict";
import { parseYaml } from "../../policies";
import { manifestText, readManifests } from "./manifest-text";

/* Words and numbers that YAML 1.1 and 1.2 take for different things; sigs.k8s.io/yaml 1.6, goyaml.v2/resolve.go. */
const WORDS = [
  "y",
  "Y",
  "yes",
  "Yes",
  "on",
  "On",
  "n",
  "N",
  "no",
  "No",
  "off",
  "OFF",
  "0644",
  "1_000",
  "0b1",
  "~",
  "1e3",
];

describe("texts of manifests", () => {
  it("come to Kubernetes with the values of the object", () => {
    const object = { enum: WORDS, Yes: "No", "0644": 1, mode: 420, on: true, nothing: null, lines: "one\ntwo: no\n" };
    assert.deepEqual(parseYaml(manifestText(object)), [object]);
    assert.deepEqual(readManifests(manifestText(object)), [object]);
  });

  it("are read with the values that Kubernetes takes from them", () => {
    const text = "privileged: yes\nhostNetwork: Off\ndefaultMode: 0644\nname: 'no'\nword: now\n";
    const read = { privileged: true, hostNetwork: false, defaultMode: 420, name: "no", word: "now" };
    assert.deepEqual(readManifests(text), [read]);
    assert.deepEqual(parseYaml(text), [read]);
  });

  it("hold a document for each object, and objects for no empty document", () => {
    assert.deepEqual(readManifests(`---\n${manifestText({ a: 1 }, { b: 2 })}---\n`), [{ a: 1 }, { b: 2 }]);
  });

  it("are an error when they are no YAML", () => {
    assert.throws(() => readManifests("a: [1"), /Flow sequence .* at line 1/);
  });
});
