import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { FakePulumi } from "../fake-pulumi.fixture";

const CLI = path.join(__dirname, "index.js");

describe("firmament on fleets", () => {
  let pulumi: FakePulumi;
  beforeEach(() => {
    pulumi = new FakePulumi();
    fs.writeFileSync(path.join(pulumi.root, "Pulumi.yaml"), "name: firmament\nruntime: nodejs\n");
    for (const name of ["base.a", "platform.a", "tenant.a.x"]) {
      const layer = name.split(".")[0] ?? "";
      fs.writeFileSync(path.join(pulumi.root, `Pulumi.${name}.yaml`), `config:\n  firmament:layer: ${layer}\n`);
    }
  });
  afterEach(() => pulumi.remove());

  const firmament = (...args: readonly string[]) => {
    const all = [CLI, ...args, "--root", pulumi.root];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
    return { code: status, stdout, stderr };
  };
  const onFake = (...args: readonly string[]) => firmament(...args, "--pulumi", pulumi.root);
  const used = (command: string) => pulumi.calls().filter(({ args }) => args[0] === command).length;

  it("up changes only what is named", () => {
    const { code, stderr } = onFake("up", "--no-policies");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /stacks: none — what is changed must be named; name stacks, --layer or --cloud, or give --all/,
    );
    assert.equal(used("up"), 0);
    const done = onFake("up", "--no-policies", "--layer", "base", "platform", "--json");
    assert.equal(done.code, 0, done.stderr);
    const { ok, stacks } = JSON.parse(done.stdout) as { ok: boolean; stacks: { stack: string; status: string }[] };
    assert.deepEqual([ok, stacks.map(({ stack }) => stack)], [true, ["base.a", "platform.a"]]);
    assert.match(done.stderr, /^base\.a: up\nbase\.a: done in [\d.]+ s\nplatform\.a: up\n/);
  });

  it("ends with a code that says whether to try again", () => {
    pulumi.answer({ "preview@base": { code: 255, stderr: "error: incorrect passphrase" } });
    const wrong = onFake("preview", "base.a", "--no-policies");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stdout, /base\.a: failed: settings\n[^]*incorrect passphrase/);
    const locked = { code: 255, stderr: "error: [409] Conflict: Another update is currently in progress." };
    pulumi.answer({ "stack output": locked });
    const later = onFake("kubeconfig", "base.a");
    assert.equal(later.code, 4, later.stderr);
  });

  it("destroy says what would be gone, and does nothing until it is meant", () => {
    const there = [{ name: "tenant.a.x", current: false, resourceCount: 31 }];
    pulumi.answer({ "stack ls": { stdout: JSON.stringify(there) } });
    const asked = onFake("destroy", "tenant.a.x");
    assert.deepEqual(
      [asked.code, asked.stdout],
      [2, "tenant.a.x: 31 resources would be deleted\nNothing is deleted without --yes.\n"],
    );
    assert.equal(used("destroy"), 0);
    assert.equal(onFake("destroy", "tenant.a.x", "--yes").code, 0);
    assert.equal(used("destroy"), 1);
  });

  it("kubeconfig prints it, or writes it for its owner alone", () => {
    pulumi.answer({
      "stack output --json --show-secrets": { stdout: '{"kubeconfig":"apiVersion: v1"}' },
      "stack output": { stdout: '{"kubeconfig":"[secret]"}' },
    });
    assert.equal(onFake("kubeconfig", "base.a").stdout, "apiVersion: v1\n");
    const output = path.join(pulumi.root, "kubeconfig");
    fs.writeFileSync(output, "old", { mode: 0o644 });
    assert.equal(onFake("kubeconfig", "base.a", "--output", output).code, 0);
    assert.equal(fs.statSync(output).mode & 0o777, 0o600);
    assert.match(onFake("kubeconfig", "platform.a").stderr, /must be a base or tenant stack.*; name its base stack/);
  });

  it("status lists every stack, and graph draws it, without a word to stacks that are not deployed", () => {
    const there = [{ name: "base.a", current: false, resourceCount: 14, lastUpdate: "2026-05-04T03:02:01Z" }];
    pulumi.answer({
      "stack ls": { stdout: JSON.stringify(there) },
      "stack history": { stdout: '[{"kind":"update","result":"succeeded","startTime":"2026-05-04T03:02:01Z"}]' },
      "stack output": { stdout: '{"kubernetesVersion":"v1.34.4","kubeconfig":"[secret]"}' },
    });
    const { code, stdout, stderr } = onFake("status");
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.split(/ {2,}/)),
      [
        ["STACK", "LAYER", "RESOURCES", "LAST UPDATE", "RESULT", "VERSIONS"],
        ["base.a", "base", "14", "2026-05-04T03:02:01Z", "succeeded", "kubernetes v1.34.4"],
        ["platform.a", "platform", "not deployed", "never", "-", "-"],
        ["tenant.a.x", "tenant", "not deployed", "never", "-", "-"],
        [""],
      ],
    );
    assert.match(firmament("graph").stdout, /^flowchart LR\n/);
    assert.match(firmament("graph", "--format", "svg").stdout, /^<svg /);
  });

  it("completion knows every command and its options", () => {
    const { stdout } = spawnSync(process.execPath, [CLI, "completion", "bash"], { encoding: "utf8" });
    const ask = (...words: readonly string[]) => {
      const script = `${stdout}\nCOMP_WORDS=(firmament ${words.map((word) => `'${word}'`).join(" ")})\nCOMP_CWORD=${words.length}\n_firmament\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout: replies, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
      assert.equal(stderr, "");
      return replies.trim().split("\n").sort();
    };
    assert.deepEqual(ask("upg"), ["upgrade", "upgrade-kubernetes"]);
    assert.deepEqual(ask("tenant", "re"), ["remove", "resize"]);
    assert.deepEqual(ask("preview", "base.a", "--form"), ["--format"]);
    for (const shell of ["zsh", "fish"]) {
      const other = spawnSync(process.execPath, [CLI, "completion", shell], { encoding: "utf8" });
      assert.match(other.stdout, /kubeconfig/);
    }
    assert.equal(spawnSync(process.execPath, [CLI, "completion", "tcsh"]).status, 2);
  });
});
