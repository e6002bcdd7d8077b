import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { writePolicyPack } from "../../sandbox/policy-pack";
import { resolveTools, silentProgress } from "../../sandbox/offline/toolchain";
import { ROOT } from "./support";

const TOOLS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes"] as const;

/** One Deployment whose pod has what the environment says, and one value that only `up` knows. */
const PROGRAM = `
const k8s = require("@pulumi/kubernetes");
const { deployment, secured } = require(${JSON.stringify(require.resolve("../../policies"))});
const provider = new k8s.Provider("cluster", { renderYamlToDirectory: "./rendered", clusterIdentifier: "test" });
const first = new k8s.core.v1.ConfigMap("first", { metadata: { name: "first", namespace: "shop" } }, { provider });
const { escalate, late } = process.env;
const { metadata, spec } = deployment({ containers: [secured({ allowPrivilegeEscalation: escalate === "yes" })] });
spec.template.spec.hostPID = first.id.apply(() => late === "yes");
new k8s.apps.v1.Deployment("web", { metadata, spec }, { provider });
`;

/** The provider renders to a directory here, and one Deployment is no stack: neither is what is tested. */
const CONFIG = { "pulumi-provider-safe": "disabled", "pulumi-provider-allowed": "disabled", "pdb-present": "disabled" };

/** The pack in the real engine, with a real provider that renders instead of applying: no cluster is needed. */
describe("the pack in the real engine", () => {
  let directory: string;
  let environment: NodeJS.ProcessEnv;

  before(async () => {
    const tools = await resolveTools(TOOLS, { progress: silentProgress });
    directory = await mkdtemp(path.join(tmpdir(), "firmament-pack-"));
    const bin = path.join(directory, "bin");
    await writePolicyPack(path.join(directory, "pack", "firmament"));
    await mkdir(bin);
    for (const { name, path: file } of tools.values()) await symlink(file, path.join(bin, name));
    await Promise.all(["state", "home", "tmp"].map((each) => mkdir(path.join(directory, each))));
    await symlink(path.join(ROOT, "node_modules"), path.join(directory, "node_modules"));
    const project = { name: "packtest", main: "index.js", runtime: { name: "nodejs", options: { typescript: false } } };
    await writeFile(path.join(directory, "Pulumi.yaml"), JSON.stringify(project));
    await writeFile(path.join(directory, "package.json"), JSON.stringify({ name: "packtest", version: "1.0.0" }));
    await writeFile(path.join(directory, "index.js"), PROGRAM);
    environment = {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
      // a refused deployment ends its language host before that has removed its pipes
      TMPDIR: path.join(directory, "tmp"),
      PULUMI_HOME: path.join(directory, "home"),
      PULUMI_BACKEND_URL: `file://${path.join(directory, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    };
    await pulumi(["stack", "init", "test"]);
  });

  after(async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  function pulumi(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<{ failed: boolean; text: string }> {
    return new Promise((resolve) => {
      const options = { cwd: directory, env: { ...environment, ...more } };
      execFile("pulumi", [...words, "--non-interactive"], options, (error, stdout, stderr) => {
        resolve({ failed: error !== null, text: stdout + stderr });
      });
    });
  }

  async function run(command: "preview" | "up", more: NodeJS.ProcessEnv = {}, config: object = {}) {
    const file = path.join(directory, "config.json");
    await writeFile(file, JSON.stringify({ ...CONFIG, ...config }));
    const words = [command, "--policy-pack", path.join(directory, "pack", "firmament"), "--policy-pack-config", file];
    return pulumi(command === "up" ? [...words, "--yes"] : words, more);
  }

  async function rendered(): Promise<string> {
    const folder = path.join(directory, "rendered", "1-manifest");
    const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.includes("deployment"));
    return (await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")))).join("\n");
  }

  it("blocks a violation in preview, naming resource, value and fix", async () => {
    const { failed, text } = await run("preview", { escalate: "yes" });
    assert.ok(failed, text);
    assert.match(text, /\[mandatory\].*pss-privilege-escalation.*web/);
    assert.match(
      text,
      /containers\[0\]\.securityContext\.allowPrivilegeEscalation: .*set allowPrivilegeEscalation: false/,
    );
  });

  it("leaves undecided what a preview does not know, decides it in up, and applies nothing of that resource", async () => {
    const { failed, text } = await run("up", { late: "yes" });
    assert.ok(failed, text);
    assert.match(text, /\[advisory\].*pulumi-unknown/);
    assert.match(text, /\[mandatory\].*pss-host-namespaces/);
    assert.equal(await rendered(), "");
  });

  it("changes what is applied where a rule is set to remediate", async () => {
    const { failed, text } = await run("up", { escalate: "yes" }, { "pss-privilege-escalation": "remediate" });
    assert.ok(!failed, text);
    assert.match(await rendered(), /allowPrivilegeEscalation: false/);
  });

  it("refuses a configuration it does not understand", async () => {
    const { failed, text } = await run("preview", {}, { firmament: { tiers: "production" } });
    assert.ok(failed, text);
    assert.match(text, /tiers: unknown key/);
  });
});
