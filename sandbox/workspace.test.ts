import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { parseBaseSettings } from "../components/talos/parse";
import type { DaemonStatus } from "./daemon";
import { layout, type Layout } from "./layout";
import { readHardware, sandboxMachines, sandboxSchematics, sandboxStacks, writeWorkspace } from "./workspace";

describe("the sandbox's project", () => {
  let place: Layout;
  let file: string;
  beforeEach(() => {
    place = layout(PACKAGE_ROOT, fs.mkdtempSync(path.join(os.tmpdir(), "firmament-workspace-")));
    file = path.join(place.workspace, "Pulumi.base.sandbox.yaml");
  });
  afterEach(() => fs.rmSync(place.directory, { recursive: true }));
  const write = () => writeWorkspace(place, sandboxStacks(place), status(place));
  const text = () => fs.readFileSync(file, "utf8");

  it("has the project's stack files with the addresses of this sandbox, and names the files to edit", () => {
    assert.deepEqual(write(), []);
    assert.match(text(), /^# Written by `npm start` from stacks\/config\/Pulumi\.base\.sandbox\.yaml: edit that file/);
    assert.match(text(), /address: 127\.9\.0\.1\n/);
  });

  it("is not touched by a second start, with what the engine has added", () => {
    write();
    fs.writeFileSync(file, `encryptionsalt: v1:salt\n${text()}`);
    assert.deepEqual(write(), []);
    const modified = fs.statSync(file).mtimeMs;
    assert.deepEqual(write(), []);
    assert.match(text(), /encryptionsalt: v1:salt/);
    assert.equal(fs.statSync(file).mtimeMs, modified);
  });

  it("has files of hardware too: simulated machines have neither their links, disks nor shared address", () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-root-"));
    try {
      const config = path.join(root, "stacks", "config");
      fs.cpSync(path.join(PACKAGE_ROOT, "stacks", "config"), config, { recursive: true });
      fs.copyFileSync(path.join(PACKAGE_ROOT, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
      const example = path.join(config, "Pulumi.base.example.yaml");
      fs.copyFileSync(example, path.join(config, "Pulumi.base.sandbox.yaml"));
      assert.match(fs.readFileSync(example, "utf8"), /links: \{ bond0/);
      place = { ...place, root };
      write();
      const { config: written } = parse(text()) as { config: Record<string, unknown> };
      const { machines } = parseBaseSettings({ layer: "base", base: written["firmament:base"] });
      assert.deepEqual(machines["worker-3"]?.labels, { rack: "a3" });
      assert.equal(machines["cp-1"]?.installDisk, undefined);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });

  it("says which extensions are in the image that the machines install", () => {
    const named = { ["0".repeat(64)]: ["siderolabs/drbd"] };
    assert.deepEqual(sandboxSchematics(place), named);
    // what machines may still run, after the file names another
    const earlier = { ["1".repeat(64)]: ["siderolabs/zfs"] };
    fs.writeFileSync(path.join(place.directory, "daemon.json"), JSON.stringify({ schematics: earlier }));
    assert.deepEqual(sandboxSchematics(place), { ...earlier, ...named });
  });

  it("has machines of other hardware where its directory says so", () => {
    assert.deepEqual(readHardware(place), {});
    fs.writeFileSync(path.join(place.directory, "hardware.json"), '{"cp-1": {"memoryMiB": 1024}}');
    assert.deepEqual(readHardware(place), { "cp-1": { memoryMiB: 1024 } });
  });

  /** Field fault U4: a start took back what was edited here, and said nothing. */
  it("lists which of its files were edited, and keeps them", () => {
    write();
    const edited = text().replace("127.9.0.1", "127.9.0.77");
    fs.writeFileSync(file, edited);
    const source = path.join("stacks", "config", "Pulumi.base.sandbox.yaml");
    assert.deepEqual(write(), [{ file, kept: `${file}.edited`, source }]);
    assert.equal(fs.readFileSync(`${file}.edited`, "utf8"), edited);
    assert.match(text(), /address: 127\.9\.0\.1\n/);
    assert.deepEqual(write(), []);
  });
});

function status(place: Layout): DaemonStatus {
  const machines = sandboxMachines(place).map((name, index) => ({
    name,
    address: `127.9.0.${index + 1}`,
    endpoint: `127.9.0.${index + 1}:21000`,
    stage: "running",
  }));
  const rest = { phase: "up", processes: [], clusters: [], charts: "http://127.0.0.1:21001" };
  return { ...rest, machines, endpoint: "https://127.9.0.200:21002" };
}
