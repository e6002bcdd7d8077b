import * as assert from "node:assert/strict";
import fc from "fast-check";
import { kernelCommandLine } from "../../components/talos/image/kernel-arguments";
import { schematicId, schematicText } from "../../components/talos/image/schematic";
import { type FactoryChoice, imageUrls, schematicOf } from "../../components/talos/image/urls";
import { factoryImage } from "../../components/talos/settings/image";
import { type Answer, ImageFactory, type Question } from "../support/image-factory";

const CASES = 1000;

/** Arguments of all forms that settings take, words that YAML reads otherwise and names that Talos uses among them. */
const argument = fc.oneof(
  fc.constantFrom(
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "n",
    "true",
    "False",
    "null",
    "Null",
    "NULL",
    "quiet",
    "inf",
    "e1",
    "x",
  ),
  fc.constantFrom("-selinux", "-console", "-printk.devkmsg", "-nvme_core.io_timeout=4294967295", "-quiet", "-x=1"),
  fc.constantFrom("console=ttyS0,115200n8", "console=tty1", "selinux=0", "consoleblank=60", "x=1", "x=", "x"),
  fc.constantFrom("ip=192.0.2.1::192.0.2.254:255.255.255.0::eth0:off", "ip=:::::eth0:", "pci=realloc:"),
  fc.stringMatching(/^-?[A-Za-z][A-Za-z0-9_.-]{0,12}(=[A-Za-z0-9_.,:/@%+=~*()[\]-]{0,20})?$/),
);

const choice: fc.Arbitrary<FactoryChoice> = fc.record(
  {
    factory: fc.constantFrom("factory.talos.dev", "factory.example:8443"),
    version: fc.constantFrom("v1.12.0", "v1.12.7", "v1.13.0", "v1.13.5", "v1.14.0"),
    extensions: fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,9}\/[a-z0-9][a-z0-9._-]{0,23}$/), {
      maxLength: 6,
    }),
    kernelArguments: fc.uniqueArray(argument, { maxLength: 6 }),
    secureBoot: fc.boolean(),
    bootloader: fc.constantFrom("sd-boot" as const, "grub" as const, "dual-boot" as const),
    architecture: fc.constantFrom("amd64" as const, "arm64" as const),
  },
  { requiredKeys: ["factory", "version", "extensions", "kernelArguments", "secureBoot", "architecture"] },
);

const question = (of: FactoryChoice): Question => ({
  schematic: schematicText(schematicOf(of)),
  version: of.version.slice(1),
  secureBoot: of.secureBoot,
  architecture: of.architecture,
});

// image-factory 1.3.3, with machinery 1.14.0-alpha.1
describe("what is computed of images, and what the image factory makes of them,", function () {
  let factory: ImageFactory;
  let cases: readonly FactoryChoice[] = [];
  let answers: readonly Answer[] = [];
  before(async function () {
    factory = await ImageFactory.start(this);
    cases = fc.sample(choice, CASES);
    answers = factory.ask(cases.map(question));
  });

  /** Each case with its answer, which is none of an error. */
  const each = (check: (of: FactoryChoice, answer: Answer, label: string) => void) => {
    for (const [index, of] of cases.entries()) {
      const { error, ...answer } = answers[index] ?? assert.fail(`${index}: no answer`);
      const label = JSON.stringify(of);
      assert.equal(error, undefined, label);
      check(of, answer, label);
    }
  };

  it("are the same ids, of texts that the factory would write itself", () => {
    each((of, { id, text }, label) => {
      assert.equal(schematicText(schematicOf(of)), text, label);
      assert.equal(schematicId(schematicOf(of)), id, label);
    });
    assert.ok(new Set(answers.map(({ id }) => id)).size >= 200);
  });

  it("is the same id of a schematic that says nothing", () => {
    const texts = ["customization: {}\n", "customization:\n  extraKernelArgs: []\n", "customization: null\n"];
    for (const { id } of factory.ask(texts.map((schematic) => ({ schematic })))) assert.equal(id, schematicId({}));
  });

  it("are the same names of files", () => {
    each((of, { files = {} }, label) => {
      const urls = imageUrls(of);
      assert.equal(Object.keys(files).length, of.secureBoot ? 7 : 6);
      for (const [key, name] of Object.entries(files))
        assert.equal(urls[key as keyof typeof files]?.split("/").at(-1), name, `${key} of ${label}`);
    });
  });

  it("are the same kernel arguments", () => {
    let compared = 0;
    each((of, { arguments: wanted = [] }, label) => {
      if (of.architecture !== "amd64") return;
      assert.deepEqual(kernelCommandLine(of), wanted, label);
      compared += 1;
    });
    assert.ok(compared >= 150, String(compared));
  });

  it("are of choices that settings take", () => {
    for (const of of cases) assert.ok(factoryImage.safeParse(of).success, JSON.stringify(of));
  });
});
