import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { Concealed } from "../../components/core/concealed";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { base, machine, settings } from "../../components/talos/settings.fixture";
import { DeletionWatch } from "../../components/tenant/deletion/deletion-watch";
import { KeptVolumes } from "../../components/tenant/deletion/kept-volumes";
import { TalosCluster } from "../../components/talos/talos-cluster";
import { Reader, View } from "../../policies/engine/view";
import { commandText } from "../../policies/rules/pulumi/command-digest";
import { type Registration, run } from "../support/registrations";

const access = { caCertificate: "ca", clientCertificate: "crt", clientKey: "key" };
const STATE: Readonly<Record<string, Record<string, unknown>>> = {
  "talos:machine/secrets:Secrets": { clientConfiguration: access, machineSecrets: {} },
  "talos:cluster/kubeconfig:Kubeconfig": { kubernetesClientConfiguration: { host: "https://192.0.2.10", ...access } },
};

/** All of a base stack. */
async function commands(adopted: boolean): Promise<Registration[]> {
  const leaving = (["worker", "controlplane"] as const).map((role, index) => ({
    ...{ role, name: `gone-${index}`, lost: role === "controlplane", address: "192.0.2.99", via: "cp-1" },
  }));
  const machines = { ...base.machines, "worker-2": machine("worker", 22) };
  const keys = new Concealed("{}");
  const given = { ...settings({ machines }), ...(adopted ? { adopted: { secrets: keys, talosconfig: keys } } : {}) };
  const { resources } = await run(() => void new TalosCluster("berlin", { settings: given, leaving }), {
    call: () => ({ talosConfig: "text", machineConfiguration: "text" }),
    // the names in an environment count, and those without a value are not there
    state: (type) => STATE[type],
  });
  return resources.filter(({ type }) => type === "command:local:Command");
}

/** By the pattern that policies.yaml lists them under. */
async function digests(adopted: boolean): Promise<Record<string, string>> {
  return Object.fromEntries(
    (await commands(adopted)).map(({ name, inputs }) => {
      const pattern = name.replace(/^berlin-(?:(?:cp|worker|gone)-\d|)/, "*").replace(/^\*-?/, "*-");
      return [pattern, commandText(new View(inputs, new Reader())).digest];
    }),
  );
}

/** Of the watches of a tenant's deletion, which all run the same. */
async function watchDigest(): Promise<string> {
  const { resources } = await run(() => {
    const args = {
      client: { host: "https://192.0.2.10", ...access },
      namespace: "tenant-acme",
      until: "/",
      seconds: 1,
    };
    new DeletionWatch("acme-deletion", args, {});
  });
  return commandText(new View(resources[0]?.inputs ?? {}, new Reader())).digest;
}

/** Of what keeps the volumes of any tenant. */
async function keepDigest(): Promise<string> {
  const { resources } = await run(() => {
    new KeptVolumes("acme", { host: "https://192.0.2.10", ...access }, {});
  });
  return commandText(new View(resources[0]?.inputs ?? {}, new Reader())).digest;
}

const WATCH = "*-deletion";
const KEEP = "*-keeps-volumes";
const FILE = path.join(PACKAGE_ROOT, "stacks", "config", "policies.yaml");

function writeDigests(listed: Readonly<Record<string, string>>): void {
  const line = /^( +"?)([^\s:"]+)("?: )[0-9a-f]{64}$/gm;
  const guard = listed["*-retire-after-tenants"] ?? "";
  const text = fs
    .readFileSync(FILE, "utf8")
    .replace(
      line,
      (_, before: string, name: string, between: string) => before + name + between + (listed[name] ?? guard),
    );
  fs.writeFileSync(FILE, text);
}

/*
 * A command runs with every secret of a deployment, so that the policies pass those alone that are listed with the digest
 * of what they run. Some run only when machines leave: no check of the stacks would meet them.
 */
describe("the commands of base stacks and tenants", () => {
  it("are listed in policies.yaml with the digests of what they run, adopted or not", async () => {
    if (process.env["FIRMAMENT_GOLDEN"] === "write") {
      writeDigests({ ...(await digests(false)), [WATCH]: await watchDigest(), [KEEP]: await keepDigest() });
    }
    const { params } = parse(fs.readFileSync(FILE, "utf8")) as {
      params: { "pulumi-no-command": { scripts: Record<string, string> } };
    };
    const {
      "retire-after-tenants-with-tier-development": _,
      [WATCH]: watch,
      [KEEP]: keep,
      ...listed
    } = params["pulumi-no-command"].scripts;
    assert.deepEqual(listed, await digests(false));
    assert.deepEqual(listed, await digests(true));
    assert.equal(watch, await watchDigest());
    assert.equal(keep, await keepDigest());
  });

  // the provider shows the command that failed whole, before what it said
  it("are words for people, and read no program from their arguments", async () => {
    for (const { name, inputs } of await commands(false)) {
      const words = String(inputs["create"] ?? inputs["delete"]);
      assert.match(words, /^[a-zA-Z, ]{10,80}$/, name);
      assert.deepEqual(inputs["interpreter"], ["node", "-"], name);
      assert.match(String(inputs["stdin"]), /^\(function /, name);
      // what each machine has twice stays in the package
      if (/-(?:prepared|settled)$/.test(name)) assert.ok(String(inputs["stdin"]).length < 1500, name);
    }
  });
});
