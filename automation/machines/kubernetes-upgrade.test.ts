import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { upgradeKubernetes, upgradeSteps } from "./kubernetes-upgrade";

const STACK = "base.berlin";
const FILE = `Pulumi.${STACK}.yaml`;

/** A stack that deploys what its file says: API servers in one run, kubelets in the next. */
function deployedStack(root: string, servers: string, kubelets: string, failAt = "") {
  const ups: string[] = [];
  let [running, behind] = [servers, kubelets];
  return {
    ups,
    outputs: () =>
      Promise.resolve({
        kubernetesVersion: { value: running, secret: false },
        kubeletVersion: { value: behind, secret: false },
      }),
    up: () => {
      const text = fs.readFileSync(path.join(root, FILE), "utf8");
      const wanted = /kubernetesVersion: (\S+)/.exec(text)?.[1] ?? "";
      ups.push(wanted);
      if (wanted === failAt) return Promise.reject(new Error("a machine did not come back"));
      if (wanted === running) behind = wanted;
      running = wanted;
      return Promise.resolve({} as never);
    },
  };
}

describe("an upgrade of Kubernetes over several minors", () => {
  let root: string;
  const write = (version: string) =>
    fs.writeFileSync(
      path.join(root, FILE),
      `config:\n  firmament:layer: base\n  firmament:base:\n    # the oldest that our programs run on\n    kubernetesVersion: ${version}\n    tier: production\n`,
    );
  const upgrade = (engine: ReturnType<typeof deployedStack>, to: string, ...via: string[]) =>
    upgradeKubernetes(engine, { root, stack: STACK, to, via });

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-upgrade-"));
    fs.writeFileSync(path.join(root, "Pulumi.yaml"), "name: firmament\nruntime: nodejs\n");
    write("v1.34.4");
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("deploys each twice, in the stack file's own words", async () => {
    const engine = deployedStack(root, "v1.34.4", "v1.34.4");
    assert.deepEqual(await upgrade(engine, "v1.36.1", "v1.35.3"), ["v1.35.3", "v1.36.1"]);
    assert.deepEqual(engine.ups, ["v1.35.3", "v1.35.3", "v1.36.1", "v1.36.1"]);
    const text = fs.readFileSync(path.join(root, FILE), "utf8");
    assert.match(text, /# the oldest that our programs run on\n {4}kubernetesVersion: v1\.36\.1\n {4}tier: production/);
    assert.deepEqual(fs.readdirSync(root).sort(), [FILE, "Pulumi.yaml"]);
  });

  it("goes on where it has ended, kubelets that were left behind first", async () => {
    const broken = deployedStack(root, "v1.34.4", "v1.34.4", "v1.36.1");
    await assert.rejects(upgrade(broken, "v1.36.1", "v1.35.3"), /did not come back/);
    assert.match(fs.readFileSync(path.join(root, FILE), "utf8"), /v1\.36\.1/);
    const again = deployedStack(root, "v1.35.3", "v1.34.4");
    assert.deepEqual(await upgrade(again, "v1.36.1", "v1.35.3"), ["v1.35.3", "v1.36.1"]);
    assert.deepEqual(again.ups, ["v1.35.3", "v1.36.1", "v1.36.1"]);
    const done = deployedStack(root, "v1.36.1", "v1.36.1");
    assert.deepEqual(await upgrade(done, "v1.36.1", "v1.35.3"), []);
    assert.deepEqual(done.ups, []);
  });

  it("ends where deployments change nothing", async () => {
    const stuck = { ...deployedStack(root, "v1.34.4", "v1.34.4"), up: () => Promise.resolve({} as never) };
    await assert.rejects(upgrade(stuck, "v1.35.3"), /v1\.35\.3 was deployed, and the stack publishes v1\.34\.4 still/);
  });

  it("is refused, and nothing deployed, where a minor is left out, versions go back or are malformed", async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["v1.36.1"], /--to: v1\.36\.1 — must not skip a minor after v1\.34\.4; give --via with a version of v1\.35/],
      [["v1.33.1"], /--to: v1\.33\.1 — must not go back; v1\.34\.4 comes before it/],
      [["v1.35", "1.36.1"], /--via: v1\.35 — must be a full version[^]*--to: 1\.36\.1 — must be a full version/],
    ];
    for (const [versions, message] of wrong) assert.throws(() => upgradeSteps("v1.34.4", versions), message);
    const engine = deployedStack(root, "v1.34.4", "v1.34.4");
    await assert.rejects(upgrade(engine, "v1.36.1"), /must not skip a minor/);
    assert.deepEqual(engine.ups, []);
    const undeployed = { ...engine, outputs: () => Promise.resolve({}) };
    await assert.rejects(
      upgrade(undeployed as never, "v1.35.1"),
      /base\.berlin: no version — must be a base or tenant stack that is deployed/,
    );
  });
});
