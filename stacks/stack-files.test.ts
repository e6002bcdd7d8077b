import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readProject, readStackFiles, stackNames } from "./stack-files";

const stackOf = (layer: string) => `config: { "firmament:layer": ${layer}, "firmament:${layer}": { a: 1 } }\n`;

describe("the stack files of a project", () => {
  let root: string;
  const write = (file: string, content: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content);
  };
  const names = () => readStackFiles(readProject(root)).map(({ name }) => name);

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
    write("Pulumi.yaml", "{ name: clouds, stackConfigDir: ops/stacks }");
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("are in stackConfigDir, producers before their consumers, and nowhere else", () => {
    write("ops/stacks/Pulumi.base.berlin.yaml", stackOf("base"));
    write("ops/stacks/Pulumi.tenant.berlin.acme.yaml", stackOf("tenant"));
    write("ops/stacks/Pulumi.platform.berlin.yaml", stackOf("platform"));
    write("ops/stacks/policies.yaml", "{}");
    write("ops/stacks/Pulumi.base.berlin.yaml.bak", "{");
    write("Pulumi.base.paris.yaml", stackOf("base"));
    assert.deepEqual(names(), ["base.berlin", "platform.berlin", "tenant.berlin.acme"]);
    const [first] = readStackFiles(readProject(root));
    assert.deepEqual(first, {
      name: "base.berlin",
      stack: { layer: "base", cloud: "berlin" },
      file: "ops/stacks/Pulumi.base.berlin.yaml",
      config: { "firmament:layer": "base", "firmament:base": { a: 1 } },
    });
  });

  it("are beside Pulumi.yaml without stackConfigDir, with its extension", () => {
    write("Pulumi.yaml", "name: clouds");
    write("Pulumi.base.berlin.yaml", stackOf("base"));
    write("Pulumi.base.paris.yml", stackOf("base"));
    assert.deepEqual(names(), ["base.berlin"]);
    fs.renameSync(path.join(root, "Pulumi.yaml"), path.join(root, "Pulumi.yml"));
    assert.deepEqual(names(), ["base.paris"]);
  });

  it("may be links, and be in a folder that is one", () => {
    write("elsewhere/base.yaml", stackOf("base"));
    fs.symlinkSync("base.yaml", path.join(root, "elsewhere", "Pulumi.base.berlin.yaml"));
    fs.mkdirSync(path.join(root, "ops"));
    fs.symlinkSync("../elsewhere", path.join(root, "ops", "stacks"));
    assert.deepEqual(names(), ["base.berlin"]);
  });

  it("hold something else where values are encrypted, if asked to", () => {
    const secret = 'config: { "firmament:layer": base, "firmament:a": [{ secure: v1 }], "b:c": { secure: v1 } }';
    write("ops/stacks/Pulumi.base.berlin.yaml", secret);
    const [known] = readStackFiles(readProject(root), { encrypted: "?" });
    assert.deepEqual(known?.config, { "firmament:layer": "base", "firmament:a": ["?"], "b:c": "?" });
    const [written] = readStackFiles(readProject(root));
    assert.deepEqual(written?.config["b:c"], { secure: "v1" });
  });

  it("are listed by name without being read", () => {
    write("ops/stacks/Pulumi.tenant.berlin.acme.yaml", "{");
    assert.deepEqual(stackNames(readProject(root)), ["tenant.berlin.acme"]);
  });

  const bad: Record<string, [change: () => void, message: RegExp]> = {
    "no project": [() => fs.rmSync(path.join(root, "Pulumi.yaml")), /Pulumi\.yaml: no such file — must be a Pulumi/],
    "a project without a name": [() => write("Pulumi.yaml", "a: b"), /Pulumi\.yaml: no name — must be a Pulumi/],
    "a project that is no YAML": [() => write("Pulumi.yaml", "a: {"), /Pulumi\.yaml: .* — must be a YAML file/],
    "a stackConfigDir that is no text": [
      () => write("Pulumi.yaml", "{ name: a, stackConfigDir: [x] }"),
      /Pulumi\.yaml stackConfigDir: \["x"\] — must be a folder/,
    ],
    "a stackConfigDir to nowhere": [() => undefined, /ops\/stacks: ENOENT.* — must be the folder.*stackConfigDir/],
    "a stackConfigDir to a file": [() => write("ops/stacks", ""), /ops\/stacks: ENOTDIR.* — must be the folder/],
    "a link to nowhere": [
      () => {
        fs.mkdirSync(path.join(root, "ops", "stacks"), { recursive: true });
        fs.symlinkSync("gone.yaml", path.join(root, "ops", "stacks", "Pulumi.base.berlin.yaml"));
      },
      /Pulumi\.base\.berlin\.yaml: ENOENT/,
    ],
    "a folder with a stack's name": [
      () => fs.mkdirSync(path.join(root, "ops", "stacks", "Pulumi.base.berlin.yaml"), { recursive: true }),
      /Pulumi\.base\.berlin\.yaml: EISDIR/,
    ],
    "a stack of no layer": [
      () => write("ops/stacks/Pulumi.dev.yaml", stackOf("base")),
      /stack name: dev — must be base\.<cloud>/,
    ],
    "a stack of another layer than its name": [
      () => write("ops/stacks/Pulumi.base.berlin.yaml", stackOf("tenant")),
      /firmament:layer: tenant — must agree/,
    ],
  };
  for (const [what, [change, message]] of Object.entries(bad)) {
    it(`are refused for ${what}`, () => {
      change();
      assert.throws(names, { name: "InvalidInput", message });
    });
  }
});
