import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { MINORS, settingsFor, TalosMachines } from "../support/talos-machines";
import { textDifference } from "../support/text-difference";
import { GOLDEN_SHAPES } from "./golden-shapes.fixture";

const FOLDER = path.join(PACKAGE_ROOT, "test/conformance/golden");

/** `FIRMAMENT_GOLDEN=write` writes the files instead of comparing with them. */
const WRITES = process.env["FIRMAMENT_GOLDEN"] === "write";

/** Fields that are keys, or that differ each time: by their name, wherever they are. */
const REDACTED = new Set(["token", "secret", "crt", "key", "secretboxEncryptionSecret", "password", "ca"]);

/** A document without what must not be read; pairs of certificate and key stay pairs. */
function redacted(value: unknown, name = "", parent = ""): unknown {
  if (Array.isArray(value)) return value.map((each) => redacted(each, name, parent));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redacted(inner, key, name)]));
  }
  const secret = REDACTED.has(name) || (parent === "cluster" && name === "id");
  return secret && typeof value === "string" && value !== "" ? "<redacted>" : value;
}

// F12: lvm.conf is among the files
describe("golden configurations of machines", function () {
  let talos: TalosMachines;
  before(async function () {
    talos = await TalosMachines.start(this);
    if (WRITES) fs.rmSync(FOLDER, { recursive: true, force: true });
    fs.mkdirSync(FOLDER, { recursive: true });
  });

  /** One file for the first machine of each role: the others differ in their name and addresses. */
  const filesOf = (shape: string): Map<string, string> => {
    const files = new Map<string, string>();
    for (const { machine, answer } of talos.configured(settingsFor(13, GOLDEN_SHAPES[shape]))) {
      const file = `${shape}.${machine.role}.yaml`;
      if (files.has(file)) continue;
      const documents = (answer.documents ?? []).map((document) => stringify(redacted(document), { lineWidth: 120 }));
      files.set(file, `# ${machine.name} of ${shape}; generated, see CONTRIBUTING.md\n${documents.join("---\n")}`);
    }
    return files;
  };

  for (const shape of Object.keys(GOLDEN_SHAPES)) {
    it(`are those that were reviewed: ${shape}`, () => {
      for (const [file, made] of filesOf(shape)) {
        const place = path.join(FOLDER, file);
        if (WRITES) fs.writeFileSync(place, made);
        const reviewed = fs.existsSync(place) ? fs.readFileSync(place, "utf8") : "";
        const difference = textDifference(reviewed, made);
        if (difference !== "")
          assert.fail(`${file} is another one; if it is right, write it (CONTRIBUTING.md)\n${difference}`);
      }
    });

    it(`are valid on metal for each Talos that they are for: ${shape}`, () => {
      for (const minor of MINORS) {
        const made = talos.accept(minor, settingsFor(minor, GOLDEN_SHAPES[shape]));
        assert.ok(made.length > 0);
      }
    });
  }

  it("are of these shapes and of no others", () => {
    const files = Object.keys(GOLDEN_SHAPES).flatMap((shape) => [...filesOf(shape).keys()]);
    assert.deepEqual(fs.readdirSync(FOLDER).sort(), files.sort());
  });

  it("hold nothing that must not be read", () => {
    for (const file of fs.readdirSync(FOLDER)) {
      const text = fs.readFileSync(path.join(FOLDER, file), "utf8");
      assert.doesNotMatch(text, /-----BEGIN|LS0tLS1CRUdJTi|correct horse/, file);
      assert.match(text, /token: <redacted>/, file);
    }
  });
});
