import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { base, machine, settings } from "../../components/talos/settings.fixture";
import { TalosCluster } from "../../components/talos/talos-cluster";
import { run } from "../support/registrations";

/** By the pattern that policies.yaml lists them under. */
async function digests(): Promise<Record<string, string>> {
  const leaving = (["worker", "controlplane"] as const).map((role, index) => ({
    ...{ role, name: `gone-${index}`, lost: role === "controlplane", address: "192.0.2.99", via: "cp-1" },
  }));
  const machines = { ...base.machines, "worker-2": machine("worker", 22) };
  const { resources } = await run(
    () => void new TalosCluster("berlin", { settings: settings({ machines }), leaving }),
    {
      call: () => ({ talosConfig: "text", machineConfiguration: "text" }),
    },
  );
  const commands = resources.filter(({ type }) => type === "command:local:Command");
  return Object.fromEntries(
    commands.map(({ name, inputs }) => {
      const pattern = name.replace(/^berlin-(?:(?:cp|worker|gone)-\d|)/, "*").replace(/^\*-?/, "*-");
      const scripts = ["create", "update", "delete"].map((key) => String(inputs[key] ?? ""));
      return [pattern, createHash("sha256").update(JSON.stringify(scripts)).digest("hex")];
    }),
  );
}

/*
 * A command runs with every secret of a deployment, so that the policies pass those alone that are listed with the digest
 * of what they run. Some run only when machines leave: no check of the stacks would meet them.
 */
describe("the commands of a base stack", () => {
  it("are listed in policies.yaml with the digests of their programs", async () => {
    const file = path.join(PACKAGE_ROOT, "stacks", "config", "policies.yaml");
    const { params } = parse(fs.readFileSync(file, "utf8")) as {
      params: { "pulumi-no-command": { scripts: Record<string, string> } };
    };
    const { "retire-after-tenants-with-tier-development": _, ...listed } = params["pulumi-no-command"].scripts;
    assert.deepEqual(listed, await digests());
  });
});
