import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { resizePool } from "../../automation";
import { sandboxEnvironment } from "../../sandbox/engine";
import { resolveTools, silentProgress } from "../../sandbox/offline/toolchain";
import { pack, strangersProject } from "../package/packed";
import { sharedCloud } from "./shared-cloud";
import { finished, ROOT, temporaryName } from "./support";

interface Lived {
  readonly made: { readonly allocation: { readonly podCidr: string }; readonly changes: { readonly create: number } };
  readonly resized: { readonly changes: { readonly update: number } };
  readonly nodes: readonly string[];
  readonly removed: { readonly changes: { readonly delete: number }; readonly freed: readonly string[] };
  readonly events: readonly string[];
}

interface Deployed {
  readonly once: string;
  readonly locks?: readonly { readonly pid: number; readonly holder: string }[];
  readonly message?: string;
  readonly again?: number;
}

/** Somebody else's program, that has nothing but the packed tarball, on a cloud. The tests run in their order. */
describe("a program with nothing but the package", () => {
  const { sandbox } = sharedCloud();
  const directory = temporaryName("firmament-stranger-");
  const temporary = path.join(directory, "tmp");
  const project = path.join(directory, "cloud");
  let settings: string;

  before(async () => {
    fs.mkdirSync(temporary, { recursive: true, mode: 0o700 });
    await strangersProject(directory, await pack(directory));
    fs.copyFileSync(path.join(ROOT, "test", "package", "stranger.mjs"), path.join(directory, "stranger.mjs"));
    const tools = await resolveTools(["helm"], { progress: silentProgress });
    writeProject();
    const { layout } = sandbox;
    const {
      PULUMI_BACKEND_URL: backend,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
      ...env
    } = sandboxEnvironment(layout);
    const render = { helm: tools.get("helm")?.path, charts: layout.charts };
    const options = {
      backend,
      passphraseFile,
      env,
      pulumiRoot: path.dirname(layout.bin),
      userSettings: false,
      // the engine of the sandbox takes packs that are executables only
      policies: { pack: layout.policyPack, render },
    };
    const globex = parse(read(path.join(layout.workspace, "Pulumi.tenant.sandbox.globex.yaml"))) as {
      config: { "firmament:tenant": { nodePools: { workers: { image: string } } } };
    };
    const { image } = globex.config["firmament:tenant"].nodePools.workers;
    settings = JSON.stringify({ project, image, options });
  });
  after(() => fs.rmSync(directory, { recursive: true, force: true }));

  const read = (file: string) => fs.readFileSync(file, "utf8");

  /** The stranger's own project: the stacks of the sandbox's cloud, and an inventory for further tenants. */
  function writeProject(): void {
    fs.mkdirSync(project);
    const { workspace } = sandbox.layout;
    const own = parse(read(path.join(workspace, "Pulumi.yaml"))) as object;
    const main = path.join(directory, "node_modules", "firmament", "dist", "stacks", "index.js");
    fs.writeFileSync(path.join(project, "Pulumi.yaml"), stringify({ ...own, main }));
    for (const file of fs.readdirSync(workspace).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
      fs.copyFileSync(path.join(workspace, file), path.join(project, file));
    }
    const config = path.join(ROOT, "stacks", "config");
    for (const file of ["policies.yaml", "policies.sandbox.yaml"]) {
      fs.copyFileSync(path.join(config, file), path.join(project, file));
    }
    const tenants = {
      acme: { podCidr: "10.16.0.0/16", serviceCidr: "10.17.0.0/16" },
      globex: { podCidr: "10.18.0.0/18", serviceCidr: "10.19.0.0/20" },
    };
    const pools = {
      podCidr: { networks: ["10.16.0.0/15", "10.18.0.0/16", "10.128.0.0/9"], prefix: 19 },
      serviceCidr: { networks: ["10.17.0.0/16", "10.19.0.0/16", "10.64.0.0/12"], prefix: 22 },
    };
    fs.writeFileSync(path.join(project, "inventory.sandbox.yaml"), stringify({ pools, tenants }));
  }

  const start = (action: string, tenant: string): ChildProcess =>
    spawn(process.execPath, ["stranger.mjs", action, tenant], {
      cwd: directory,
      env: { ...process.env, TMPDIR: temporary, STRANGER: settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
  async function reported<T>(child: ChildProcess): Promise<T> {
    const { code, stdout, stderr } = await finished(child);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  it("two at once make, resize, look into and delete a tenant each, and see nothing of each other", async () => {
    const both = await Promise.all(["one", "two"].map((tenant) => reported<Lived>(start("live", tenant))));
    for (const { made, resized, nodes, removed, events } of both) {
      assert.ok(made.changes.create > 20);
      assert.ok(resized.changes.update > 0);
      assert.equal(nodes.length, 2);
      assert.ok(removed.changes.delete > 20 && removed.freed.length > 0);
      for (const type of ["started", "resource", "finished"]) assert.ok(events.includes(type), type);
    }
    const [one, two] = both;
    assert.notEqual(one?.made.allocation.podCidr, two?.made.allocation.podCidr);
    assert.equal(new Set(both.flatMap(({ nodes }) => nodes)).size, 4);
    assert.deepEqual(fs.readdirSync(temporary), []);
    const left = fs.readdirSync(project).filter((name) => /tenant\.sandbox\.(one|two)/.test(name));
    assert.deepEqual(left, []);
  });

  it("two on the same tenant: one is told who has it, and comes through when it tries again", async () => {
    await reported(start("make", "three"));
    // both come to the lock at about the same time, and who has it waits for a machine
    resizePool({ root: project, stack: "tenant.sandbox.three", pool: "workers", size: "2" });
    const both = await Promise.all(["three", "three"].map((tenant) => reported<Deployed>(start("up", tenant))));
    const refused = both.find(({ once }) => once === "locked");
    assert.deepEqual(
      both.map(({ once }) => once).sort(),
      ["done", "locked"],
      both.map(({ message }) => message).join(),
    );
    assert.deepEqual(
      refused?.locks?.map(({ holder }) => holder),
      ["alive"],
    );
    assert.ok((refused?.again ?? 0) > 20, "it did not come through");
    await reported(start("delete", "three"));
    assert.deepEqual(fs.readdirSync(temporary), []);
  });
});
