import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { parseBaseSettings } from "../components/talos/parse";
import { parsePlatformSettings } from "../components/platform/settings";
import { parseTenantSettings } from "../components/tenant/parse";
import { LAYERS, type Layer } from "../components/core/layers";
import { stackFileSchema } from "./schemas";
import { parseStackName } from "./stack-name";
import { PACKAGE_ROOT } from "../components/core/package-root";

const CONFIG = path.join(PACKAGE_ROOT, "stacks", "config");
const files = fs.readdirSync(CONFIG).filter((file) => file.startsWith("Pulumi.") && file.endsWith(".yaml"));
const text = (file: string) => fs.readFileSync(path.join(CONFIG, file), "utf8");

interface StackFile {
  readonly config: Record<string, unknown>;
}

const parsers = { base: parseBaseSettings, platform: parsePlatformSettings, tenant: parseTenantSettings };

function settingsOf(file: string): Record<string, unknown> {
  const { config } = parse(text(file)) as StackFile;
  const own = Object.entries(config).filter(([key]) => key.startsWith("firmament:"));
  return Object.fromEntries(own.map(([key, value]) => [key.slice("firmament:".length), value]));
}

describe("every committed stack file", () => {
  const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
  const schemaOf = async (layer: Layer) => ajv.compile(await stackFileSchema(layer));

  for (const file of files) {
    const stack = file.slice("Pulumi.".length, -".yaml".length);
    const layer = LAYERS.find((candidate) => stack.startsWith(`${candidate}.`));
    assert.ok(layer !== undefined, file);

    it(`${file}: has a name that agrees with its layer`, () => {
      assert.equal(parseStackName(stack, settingsOf(file)["layer"]).layer, layer);
    });

    it(`${file}: is accepted by the layer's settings`, () => {
      parsers[layer](settingsOf(file));
    });

    it(`${file}: names its schema for editors, and fits it`, async () => {
      assert.match(text(file), new RegExp(`^# yaml-language-server: \\$schema=schemas/${layer}\\.schema\\.json\n`));
      const fits = await schemaOf(layer);
      assert.ok(fits(parse(text(file))), JSON.stringify(fits.errors, undefined, 2));
    });

    it(`${file}: forbids default providers`, () => {
      const { config } = parse(text(file)) as StackFile;
      assert.deepEqual(config["pulumi:disable-default-providers"], ["*"]);
    });
  }

  it("is not accepted with a key of ours that is misspelt", async () => {
    const file = files.find((each) => each.includes("tenant")) ?? "";
    const { config } = parse(text(file)) as StackFile;
    const fits = await schemaOf("tenant");
    assert.equal(fits({ config: { ...config, "firmament:tenat": {} } }), false);
    assert.equal(fits({ config: { ...config, "firmament:tenant": { podCidr: "10.0.0.0/8" } } }), false);
    assert.equal(fits({ config: { ...config, "kubernetes:anything": 1 } }), true);
  });
});
