import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { asState, type Recording, type State } from "../identity/recorded-state";
import { ROOT, TestSandbox } from "./support";

/**
 * What is expected to change in a cloud that commit e04b302 deployed, by the end of a URN. Whatever is not here must
 * stay as it is; nothing may be replaced.
 */
const EXPECTED: Readonly<
  Record<string, readonly { readonly op: string; readonly of: RegExp; readonly why: string }[]>
> = {
  base: [
    {
      op: "create",
      of: /\$command:local:Command::\w+-retire-after-tenants$/,
      why: "refuses to be destroyed while there are tenants",
    },
    {
      op: "update",
      of: /::talos:machine\/configurationApply:ConfigurationApply::|\$talos:machine\/configurationApply:ConfigurationApply::/,
      why: "kernel modules follow the image's extensions, and LVM of the machine keeps away from replicated volumes",
    },
  ],
  platform: [
    {
      op: "create",
      of: /::command:local:Command::retire-after-tenants-with-tier-development$|::pulumi:providers:command::commands$/,
      why: "refuses to be destroyed while there are tenants",
    },
    {
      op: "update",
      of: /kubernetes:helm\.sh\/v3:Release::/,
      why: "copies are spread over machines, Services are translated for virtual machines, edited charts roll out",
    },
  ],
  tenant: [
    {
      op: "delete",
      of: /StorageClass::\w+-storage$/,
      why: "the StorageClass kubevirt: nothing served it, and every claim stayed pending",
    },
    {
      op: "update",
      of: /pulumi:providers:kubernetes::\w+-api$/,
      why: "what is in the tenant's cluster is not forgotten while its API does not answer",
    },
    {
      op: "update",
      of: /:MachineDeployment::/,
      why: "waits for the roll; the autoscaler is told the memory that a node leaves to pods",
    },
    {
      op: "create",
      of: /firmament:tenant:Retirement::/,
      why: "refuses the removal of a production tenant before anything else is deleted",
    },
  ],
};

/** Of stack references: the engine makes it by itself, and previews do not show it. */
const DEFAULT_PROVIDER = /::pulumi:providers:pulumi::default$/;

interface Step {
  readonly op: string;
  readonly urn: string;
}

describe("a cloud that an earlier release deployed", () => {
  const recording = JSON.parse(
    fs.readFileSync(path.join(ROOT, "test", "identity", "e04b302.json"), "utf8"),
  ) as Recording;
  const sandbox = TestSandbox.create();

  before(async () => {
    await sandbox.start();
  });
  after(() => sandbox.destroy());

  for (const [stack, resources] of Object.entries(recording)) {
    it(`goes on without replacing anything: ${stack}`, async () => {
      const exported = await run("stack", "export", "--stack", stack);
      const file = path.join(sandbox.directory, "recorded.json");
      const state = asState(resources, JSON.parse(exported) as State);
      fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
      await run("stack", "import", "--stack", stack, "--file", file);

      const { steps } = JSON.parse(await run("preview", "--json", "--show-sames", "--stack", stack)) as {
        steps: readonly Step[];
      };

      // stacks that are read are no part of what is deployed
      const changes = steps.filter(({ op }) => op !== "same" && op !== "read");
      const expected = EXPECTED[stack.split(".")[0] ?? ""] ?? [];
      const unexplained = changes.filter(
        ({ op, urn }) => !expected.some((each) => each.op === op && each.of.test(urn)),
      );
      assert.deepEqual(
        unexplained.map(({ op, urn }) => `${op} ${urn}`),
        [],
      );
      // a preview that looked at nothing has nothing to explain either
      const seen = new Set(steps.map(({ urn }) => urn));
      assert.deepEqual(
        resources.map(({ urn }) => urn).filter((urn) => !seen.has(urn) && !DEFAULT_PROVIDER.test(urn)),
        [],
      );
    });
  }

  async function run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await sandbox.pulumi(args);
    assert.equal(code, 0, `pulumi ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }
});
