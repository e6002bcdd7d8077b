import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Cidr } from "../components/core/cidr";
import { rememberingNetworks, siblingNetworks, type ReadNetworks } from "./fleet";

const file = (podCidr: string, serviceCidr: string) =>
  `config:\n  firmament:tenant:\n    network: { podCidr: ${podCidr}, serviceCidr: ${serviceCidr} }\n    nonsense: true\n`;

describe("the networks of a tenant's siblings", () => {
  let root: string;
  const project = (content: string) => fs.writeFileSync(path.join(root, "Pulumi.yaml"), content);
  const write = (name: string, content: string, folder = "stacks/config") => {
    fs.mkdirSync(path.join(root, folder), { recursive: true });
    fs.writeFileSync(path.join(root, folder, name), content);
  };
  const seen = () => siblingNetworks(root, "berlin", "acme").map(({ where, network }) => `${where} ${network}`);

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
    project("{ name: firmament, stackConfigDir: stacks/config }");
    write("Pulumi.tenant.berlin.acme.yaml", file("10.0.0.0/16", "10.1.0.0/16"));
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("are none where it is the only tenant", () => {
    assert.deepEqual(seen(), []);
  });

  it("are those of the same cloud, but for its own; other fields of their files do not matter", () => {
    write("Pulumi.tenant.berlin.acme.yaml", file("10.0.0.0/16", "10.1.0.0/16"));
    write("Pulumi.tenant.berlin.globex.yaml", file("10.2.0.0/16", "10.3.0.0/16"));
    write("Pulumi.tenant.paris.initech.yaml", file("10.2.0.0/16", "10.3.0.0/16"));
    write("Pulumi.platform.berlin.yaml", "config: {}");
    write("Pulumi.tenant.berlin.globex.yaml.bak", "{");
    assert.deepEqual(seen(), ["tenant globex's podCidr 10.2.0.0/16", "tenant globex's serviceCidr 10.3.0.0/16"]);
  });

  it("are found in the folder that Pulumi.yaml names: in another folder, or beside it", () => {
    for (const [folder, content] of [
      ["ops/clouds", "{ name: firmament, stackConfigDir: ops/clouds }"],
      [".", "{ name: firmament }"],
    ] as const) {
      project(content);
      write("Pulumi.tenant.berlin.acme.yaml", file("10.0.0.0/16", "10.1.0.0/16"), folder);
      write("Pulumi.tenant.berlin.globex.yaml", file("10.2.0.0/16", "10.3.0.0/16"), folder);
      assert.equal(seen().length, 2, folder);
    }
  });

  it("are not taken for none when its own file is not where the others are looked for", () => {
    fs.rmSync(path.join(root, "stacks/config/Pulumi.tenant.berlin.acme.yaml"));
    const message = /stacks\/config\/Pulumi\.tenant\.berlin\.acme\.yaml: no such file — .*stackConfigDir/;
    assert.throws(seen, { name: "InvalidInput", message });
    project("{ name: firmament, stackConfigDir: gone }");
    assert.throws(seen, { name: "InvalidInput", message: /\/gone: ENOENT.* — must be the folder/ });
    fs.rmSync(path.join(root, "Pulumi.yaml"));
    assert.throws(seen, { name: "InvalidInput", message: /Pulumi\.yaml: no such file — must be a Pulumi project/ });
  });

  it("are read once by who remembers them, and again when a file changed", () => {
    const globex = "Pulumi.tenant.berlin.globex.yaml";
    const reads: string[] = [];
    const counted: ReadNetworks = (read, tenant) => {
      reads.push(tenant);
      return [{ where: fs.readFileSync(read, "utf8"), network: Cidr.parse("10.2.0.0/16") }];
    };
    const read = rememberingNetworks(counted);
    const where = (tenant: string) => siblingNetworks(root, "berlin", tenant, read).map((use) => use.where);
    write(globex, "first");
    write("Pulumi.tenant.berlin.initech.yaml", "other");
    write("Pulumi.tenant.berlin.acme.yaml", "ACME");
    assert.deepEqual([where("acme"), where("acme")], Array(2).fill(["first", "other"]));
    assert.deepEqual(
      [where("globex"), where("initech")],
      [
        ["ACME", "other"],
        ["ACME", "first"],
      ],
    );
    assert.deepEqual(reads, ["globex", "initech", "acme"]);
    write(globex, "changed");
    assert.deepEqual(where("acme"), ["changed", "other"]);
    write(globex, "CHANGED");
    fs.utimesSync(path.join(root, "stacks", "config", globex), 1, 1);
    assert.deepEqual(where("acme"), ["CHANGED", "other"]);
    assert.deepEqual(reads, ["globex", "initech", "acme", "globex", "globex"]);
  });

  it("do not stay wrong: a file that could not be read is read again", () => {
    const read = rememberingNetworks();
    write("Pulumi.tenant.berlin.globex.yaml", "config: {");
    for (let times = 0; times < 2; times++) {
      assert.throws(() => siblingNetworks(root, "berlin", "acme", read), { name: "InvalidInput" });
    }
    write("Pulumi.tenant.berlin.globex.yaml", file("10.2.0.0/16", "10.3.0.0/16"));
    assert.equal(siblingNetworks(root, "berlin", "acme", read).length, 2);
  });

  for (const [what, content, message] of [
    ["that is no YAML", "config: {", /Pulumi\.tenant\.berlin\.globex\.yaml: .* — must be a YAML file/],
    ["that is empty", "", /globex\.yaml[^]*\(top\)/],
    [
      "with a network that is none",
      file("10.2.0.1/16", "10.3.0.0/16"),
      /globex\.yaml[^]*podCidr: "10\.2\.0\.1\/16" — /,
    ],
  ] as const) {
    it(`cannot be read from a file ${what}, which is an error`, () => {
      write("Pulumi.tenant.berlin.globex.yaml", content);
      assert.throws(seen, { name: "InvalidInput", message });
    });
  }
});
