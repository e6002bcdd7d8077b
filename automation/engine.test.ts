import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Engine } from "./engine";
import type { EngineOptions } from "./engine-options";
import { EngineError } from "./engine-error";
import type { FailureKind } from "./failure/kinds";
import { FakePulumi } from "./fake-pulumi.fixture";

describe("the engine driver", () => {
  let pulumi: FakePulumi;
  const before = { ...process.env };

  beforeEach(() => {
    pulumi = new FakePulumi();
    process.env["PULUMI_ACCESS_TOKEN"] = "the user's";
    process.env["NODE_OPTIONS"] = "--no-warnings";
  });
  afterEach(() => {
    pulumi.remove();
    for (const name of ["PULUMI_ACCESS_TOKEN", "NODE_OPTIONS"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  const engine = (options: Partial<EngineOptions> = {}) =>
    new Engine({
      workDir: pulumi.root,
      pulumiRoot: pulumi.root,
      env: { PULUMI_HOME: "/its/own" },
      temporary: path.join(pulumi.root, "tmp"),
      ...options,
    });

  const failure = async (work: Promise<unknown>): Promise<EngineError> => {
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof EngineError, String(error));
    return error;
  };

  it("runs with the policies it is given, for that stack, without selecting it", async () => {
    await engine().up("base.a", { policies: { pack: "/pack", config: "/config.json" }, target: ["urn:1"] });
    const [up, ...rest] = pulumi.calls();
    assert.equal(rest.length, 0, "one process is enough");
    const words = up?.args.join(" ") ?? "";
    assert.match(words, /^up --yes --skip-preview /);
    assert.match(words, /--policy-pack \/pack --policy-pack-config \/config\.json/);
    assert.match(words, /--target urn:1/);
    assert.match(words, /--stack base\.a/);
    assert.equal(up?.cwd, pulumi.root);
  });

  it("gives the user's settings to the engine, or none of them", async () => {
    for (const userSettings of [true, false]) {
      pulumi.answer({ "stack export": { stdout: "{}" }, cancel: {} });
      await engine({ userSettings }).exportState("base.a");
      await engine({ userSettings }).cancel("base.a");
      const calls = pulumi.calls();
      assert.equal(calls.length, 2);
      for (const { env } of calls) {
        assert.equal(env["PULUMI_ACCESS_TOKEN"], userSettings ? "the user's" : undefined);
        assert.equal(env["NODE_OPTIONS"], userSettings ? "--no-warnings" : undefined);
        assert.equal(env["PULUMI_HOME"], "/its/own");
        assert.equal(env["HOME"], process.env["HOME"]);
      }
    }
    assert.equal(process.env["PULUMI_ACCESS_TOKEN"], "the user's");
  });

  it("leaves no temporary file, whether an operation fails or not", async () => {
    pulumi.answer({ preview: { code: 1, stderr: "broken" } });
    const system = fs.readdirSync(os.tmpdir());
    await engine().up("base.a");
    await failure(engine().preview("base.a"));
    assert.deepEqual(fs.readdirSync(path.join(pulumi.root, "tmp")), []);
    assert.deepEqual(
      fs.readdirSync(os.tmpdir()).filter((name) => !system.includes(name) && /kubeconfig|automation/.test(name)),
      [],
    );
    const calls = pulumi.calls();
    assert.ok(calls.length > 1);
    for (const { env, mode } of calls) {
      assert.ok(env["TMPDIR"]?.startsWith(path.join(pulumi.root, "tmp")));
      assert.equal(mode & 0o777, 0o700, "others could read what plugins leave there");
    }
    assert.equal(new Set(calls.map(({ env }) => env["TMPDIR"])).size, calls.length);
    for (const { env } of calls)
      assert.equal(env["PULUMI_K8S_HELM_REPOSITORY_CACHE"], path.join(env["TMPDIR"] ?? "", "charts"));
  });

  const failures: readonly { readonly stderr: string; readonly reason: FailureKind; readonly message: RegExp }[] = [
    {
      stderr: "error: the stack is currently locked by 1 lock(s)",
      reason: "locked",
      message:
        /base\.a: up — the stack is locked by another operation\n[^]*→ wait for it; .*firmament recover --stack base\.a/,
    },
    {
      stderr: "error: no stack named 'base.a' found",
      reason: "missing",
      message: /base\.a: up — there is no such stack\n[^]*→ run `firmament up base\.a`/,
    },
    { stderr: "error: out of luck", reason: "program", message: /base\.a: up failed \(program\)\nerror: out of luck/ },
  ];
  for (const { stderr, reason, message } of failures) {
    it(`reports "${stderr}" as ${reason}`, async () => {
      pulumi.answer({ up: { code: 255, stderr } });
      const error = await failure(engine().up("base.a"));
      assert.deepEqual([error.failure.kind, error.stackName, error.operation], [reason, "base.a", "up"]);
      assert.match(error.message, message);
    });
  }

  it("lets the engine end by itself when it is interrupted, and starts nothing afterwards", async () => {
    pulumi.answer({ up: { wait: true } });
    const interrupt = new AbortController();
    const interrupted = engine({ signal: interrupt.signal });
    const running = failure(interrupted.up("base.a"));
    while (pulumi.calls().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    interrupt.abort();
    assert.equal((await running).failure.kind, "cancelled");
    await assert.rejects(interrupted.up("platform.a"));
    assert.equal(pulumi.calls().length, 1);
  });

  it("creates only the stacks that are missing", async () => {
    pulumi.answer({ "stack ls": { stdout: JSON.stringify([{ name: "base.a" }]) } });
    await engine().create(["base.a", "platform.a"]);
    const created = pulumi.calls().filter(({ args }) => args[1] === "init");
    assert.deepEqual(
      created.map(({ args }) => args[2]),
      ["platform.a"],
    );
  });

  it("hands a state over without a file that others could read", async () => {
    await engine().importState("base.a", "the state");
    const [call] = pulumi.calls();
    assert.equal(call?.input, "the state");
    assert.ok(!call.args.includes("--file"));
  });

  for (const version of ["v3.140.0", "no version"]) {
    it(`refuses a CLI of version ${version}`, async () => {
      pulumi.version(version);
      await assert.rejects(engine().up("base.a"), {
        name: "InvalidInput",
        message: new RegExp(`bin/pulumi: ${version} — must be .* or newer.*; install a newer Pulumi CLI`),
      });
      assert.deepEqual(pulumi.calls(), []);
    });
  }

  it("takes backend and passphrase from its options alone", async () => {
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "the user's";
    try {
      await engine({ backend: "file:///its/own", passphraseFile: "/its/passphrase" }).up("base.a");
    } finally {
      delete process.env["PULUMI_CONFIG_PASSPHRASE"];
    }
    const [call] = pulumi.calls();
    assert.equal(call?.env["PULUMI_BACKEND_URL"], "file:///its/own");
    assert.equal(call.env["PULUMI_CONFIG_PASSPHRASE_FILE"], "/its/passphrase");
    assert.equal(call.env["PULUMI_CONFIG_PASSPHRASE"], undefined, "the engine would prefer it to the file");
    assert.equal(call.env["FIRMAMENT_PROJECT"], pulumi.root, "old language hosts do not say where the project is");
  });

  it("keeps output and events in the folder of its options", async () => {
    pulumi.answer({ up: { stdout: "done\n" } });
    const logs = path.join(pulumi.root, "logs");
    await engine({ logs }).up("base.a");
    assert.equal(fs.readFileSync(path.join(logs, "base.a.up.log"), "utf8"), "done\n");
    assert.equal(fs.readFileSync(path.join(logs, "base.a.up.events.json"), "utf8"), "");
  });
});
