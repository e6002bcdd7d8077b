import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseManifests } from "../policies";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { parseBaseSettings } from "../components/talos/parse";
import { readProject, readStackFile } from "../stacks/stack-files";
import { perMachine } from "./configurations";
import { cellsOf, figure, median } from "./figures";
import { tenantNetworks } from "../stacks/fleet";
import { overlaps } from "../components/core/network-overlaps";
import { previewIn, secondsToAllocate } from "./tenants";
import { writeDeployments, writeFleet, writeSandboxProject } from "./inputs";
import { measure } from "./measure";
import { locate, PEERS } from "./peers";

const BENCH = path.join(__dirname, "index.js");

describe("the bench", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-bench-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("evaluates the same Deployments of two containers each time, other ones for another seed", () => {
    const written = (name: string, seed: number) => {
      const place = path.join(folder, name);
      writeDeployments(place, 30, seed);
      return fs.readdirSync(place).map((file) => fs.readFileSync(path.join(place, file), "utf8"));
    };
    const first = written("first", 1);
    assert.equal(first.length, 30);
    for (const text of first) {
      const [manifest] = parseManifests(text) as { kind: string; spec: { template: { spec: { containers: [] } } } }[];
      assert.equal(manifest?.kind, "Deployment");
      assert.equal(manifest.spec.template.spec.containers.length, 2);
    }
    assert.deepEqual(written("again", 1), first);
    assert.notDeepEqual(written("other", 2), first);
  });

  it("finds peers where FIRMAMENT_PEERS says before those on PATH, and only programs", () => {
    const [peer] = PEERS;
    assert.ok(peer !== undefined);
    const [named, onPath] = [path.join(folder, "named"), path.join(folder, "path")];
    for (const place of [named, onPath]) fs.mkdirSync(place);
    const env = { FIRMAMENT_PEERS: named, PATH: `${path.join(folder, "nowhere")}${path.delimiter}${onPath}` };
    assert.equal(locate(peer, env), undefined);
    fs.writeFileSync(path.join(onPath, peer.name), "", { mode: 0o755 });
    fs.writeFileSync(path.join(named, peer.name), "", { mode: 0o644 });
    assert.equal(locate(peer, env), path.join(onPath, peer.name));
    fs.chmodSync(path.join(named, peer.name), 0o755);
    assert.equal(locate(peer, env), path.join(named, peer.name));
  });

  it("measures time and peak memory of a program, even of memory that it gave back", async () => {
    const code = `Buffer.alloc(300 << 20, 1); setTimeout(() => console.log("done"), 300)`;
    const { seconds, peakMiB, stdout } = await measure(process.execPath, ["-e", code], [0]);
    assert.equal(stdout, "done\n");
    assert.ok(seconds >= 0.3, String(seconds));
    assert.ok(peakMiB > 300, String(peakMiB));
  });

  it("does not take a program that fails for a fast one", async () => {
    const failing = ["-e", `console.error("no such option"); process.exit(3)`];
    await assert.rejects(measure(process.execPath, failing, [0, 1]), /exit code 3 — must be 0 or 1\nno such option/);
    await assert.rejects(measure(path.join(folder, "missing"), [], [0]), /ENOENT/);
  });

  it("shows median, least and most, and the goal where there is one", () => {
    assert.equal(median([4, 1, 3, 2]), 2.5);
    const time = figure("time", "s", 5);
    time.values.push(3, 1, 2);
    assert.deepEqual(cellsOf(time), ["time", "2.00", "1.00", "3.00", "s", "≤ 5"]);
  });

  it("configures as many machines as it says, in a time that it can tell", () => {
    for (const machines of [1, 3, 40]) {
      const each = perMachine(machines);
      assert.ok(each > 0 && each < 1000, String(each));
    }
  });

  it("previews as many tenants as it says, each with networks of its own", async function () {
    this.timeout(120_000);
    const root = path.join(folder, "fleet");
    writeFleet(PACKAGE_ROOT, root, 3);
    const project = readProject(root);
    const uses = tenantNetworks(project, "sandbox").map(({ where, network }) => ({ where, network }));
    assert.equal(uses.length, 2 * (3 + 2));
    assert.deepEqual(overlaps(uses), []);
    const { stdout } = await measure(process.execPath, [path.join(__dirname, "preview.js"), root, "2"], [0]);
    const { tenants, planned, previewed } = previewIn(stdout);
    assert.equal(tenants, 2);
    assert.ok(planned > 0 && previewed > planned, stdout);
  });

  it("gives networks to as many tenants as it says", () => {
    assert.ok(secondsToAllocate(50) > 0);
  });

  it("deploys the checkout with other machines in its sandbox", () => {
    const root = path.join(folder, "project");
    writeSandboxProject(PACKAGE_ROOT, root, 30);
    const { config } = readStackFile(readProject(root), "base.sandbox");
    const { machines } = parseBaseSettings({ layer: "base", base: config["firmament:base"] });
    const roles = Object.values(machines).map(({ role }) => role);
    assert.deepEqual([roles.length, roles.filter((role) => role === "controlplane").length], [30, 3]);
    assert.ok(fs.existsSync(path.join(root, "dist", "stacks", "index.js")));
  });

  it("refuses what it cannot measure", () => {
    for (const [args, message] of [
      [["weather"], /bench: weather — must be one of cloud, machines, policies, portal, tenants/],
      [["policies", "often"], /bench: rounds often — must be a positive number/],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [BENCH, ...args], { encoding: "utf8" });
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
  });
});
