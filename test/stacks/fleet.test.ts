import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { siblingNetworks } from "../../stacks/fleet";

const file = (podCidr: string, serviceCidr: string) =>
  `config:\n  firmament:tenant:\n    network: { podCidr: ${podCidr}, serviceCidr: ${serviceCidr} }\n    nonsense: true\n`;

describe("the networks of a tenant's siblings", () => {
  let root: string;
  const write = (name: string, content: string, folder = "stacks/config") => {
    fs.mkdirSync(path.join(root, folder), { recursive: true });
    fs.writeFileSync(path.join(root, folder, name), content);
  };
  const seen = () => siblingNetworks(root, "berlin", "acme").map(({ where, network }) => `${where} ${network}`);

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("are none in a project without stack files", () => {
    assert.deepEqual(seen(), []);
    assert.deepEqual(siblingNetworks(path.join(root, "nowhere"), "berlin", "acme"), []);
  });

  it("are those of the same cloud, but for its own, whatever else their files say", () => {
    write("Pulumi.tenant.berlin.acme.yaml", file("10.0.0.0/16", "10.1.0.0/16"));
    write("Pulumi.tenant.berlin.globex.yaml", file("10.2.0.0/16", "10.3.0.0/16"));
    write("Pulumi.tenant.paris.initech.yaml", file("10.2.0.0/16", "10.3.0.0/16"));
    write("Pulumi.platform.berlin.yaml", "config: {}");
    write("Pulumi.tenant.berlin.globex.yaml.bak", "{");
    assert.deepEqual(seen(), ["tenant globex's podCidr 10.2.0.0/16", "tenant globex's serviceCidr 10.3.0.0/16"]);
  });

  it("are found beside Pulumi.yaml too", () => {
    write("Pulumi.tenant.berlin.globex.yaml", file("10.2.0.0/16", "10.3.0.0/16"), ".");
    assert.equal(seen().length, 2);
  });

  for (const [what, content, message] of [
    ["that is no YAML", "config: {", /Pulumi\.tenant\.berlin\.globex\.yaml: .* — must be YAML/],
    ["that is empty", "", /globex\.yaml[^]*\(top\)/],
    [
      "with a network that is none",
      file("10.2.0.1/16", "10.3.0.0/16"),
      /globex\.yaml[^]*podCidr: "10\.2\.0\.1\/16" — /,
    ],
  ] as const) {
    it(`cannot be told from a file ${what}, which is said`, () => {
      write("Pulumi.tenant.berlin.globex.yaml", content);
      assert.throws(seen, { name: "InvalidInput", message });
    });
  }
});
