import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { accessOf, infraRights } from "../../components/tenant/addons/csi/access";
import { crdBundle, FAKE_KINDS, FAKE_PROVIDERS } from "../../sandbox/charts";
import { DAEMON_TOOLS } from "../../sandbox/start";
import { goEnvironment, resolveTools, silentProgress } from "../../sandbox/offline/toolchain";
import { finished, ROOT, temporaryName } from "./support";

const NEEDED = ["go", ...DAEMON_TOOLS] as const;

/**
 * The Go programs' own tests, with real control planes: refusals of machines in every state, a cluster that is
 * reachable only by the keys of the configuration that was applied, a killed daemon, a tenant's whole life.
 */
describe("the Go programs of the sandbox", () => {
  const tools = temporaryName("firmament-go-");
  let env: NodeJS.ProcessEnv = {};
  let go = "";

  before(async () => {
    fs.mkdirSync(tools, { mode: 0o700 });
    const options = { progress: silentProgress };
    const found = await resolveTools(NEEDED, options);
    for (const { name, path: file } of found.values()) fs.symlinkSync(file, path.join(tools, name));
    const compiler = found.get("go");
    assert.ok(compiler !== undefined);
    go = compiler.path;
    const tables = path.join(tools, "tables.json");
    fs.writeFileSync(tables, JSON.stringify({ fakes: FAKE_KINDS, providers: FAKE_PROVIDERS }));
    const integration = { SANDBOX_TOOLS: tools, SANDBOX_CRDS: await crdBundle(options), SANDBOX_TABLES: tables };
    const rights = path.join(tools, "csi-rights.json");
    const ofContainers = Object.fromEntries(accessOf(false).map(({ name, rights: each }) => [name, each]));
    fs.writeFileSync(rights, JSON.stringify({ ...ofContainers, infra: infraRights({ name: "acme" }, false) }));
    env = { SANDBOX_CSI: rights, ...goEnvironment(compiler, process.env), CGO_ENABLED: "0", ...integration };
  });
  after(() => fs.rmSync(tools, { recursive: true, force: true }));

  for (const module of ["fakes", "offline/plugins"]) {
    it(`pass their tests (${module})`, async () => {
      // two packages at a time: they wait more than they work, and each may run control planes of its own
      const args = ["test", "-trimpath", "-p", "2", "-timeout", "25m", "./..."];
      const cwd = path.join(ROOT, "sandbox", module);
      const { code, stdout, stderr } = await finished(spawn(go, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] }));
      assert.equal(code, 0, `${stdout}${stderr}`);
    });
  }
});
