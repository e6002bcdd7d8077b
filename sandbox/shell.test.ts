import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { layout, type Layout } from "./layout";
import { writeShellPulumi } from "./shell";

/**
 * `eval "$(npm run sandbox -- env)"` and then `pulumi preview` in the checkout took the checkout's stack files for the
 * sandbox's state: the preview of base wanted to send the addresses of the examples to every machine, and that of
 * platform failed. Found with the sandbox of this project (field fault U4).
 */
describe("the pulumi of a shell that works on the sandbox", () => {
  let root: string;
  let place: Layout;
  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "firmament-shell-")));
    place = layout(root, path.join(root, "it's a sandbox"));
    for (const folder of [place.bin, place.workspace]) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(place.bin, "pulumi"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    writeShellPulumi(place);
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));
  const run = (args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(path.join(place.shell, "pulumi"), args, {
      cwd: root,
      encoding: "utf8",
    });
    return { status, args: stdout.split("\n").slice(0, -1), stderr };
  };

  it("works in the sandbox's project, wherever it is called", () => {
    const args = ["config", "set", "firmament:a", "two  words and 'quotes'"];
    assert.deepEqual(run(args), { status: 0, args: ["--cwd", place.workspace, ...args], stderr: "" });
  });

  it("takes the sandbox's project under any name of its folder", () => {
    fs.symlinkSync(place.directory, path.join(root, "link"));
    for (const option of [
      ["-C", place.workspace],
      ["-Clink/program"],
      ["--cwd=link/program"],
      ["--cwd", "link/program"],
    ])
      assert.equal(run(["preview", ...option]).status, 0, option.join(" "));
  });

  it("refuses another project before the engine starts, and says which one it has", () => {
    for (const option of [["-C", "."], ["-C."], ["--cwd=."], ["--cwd", "missing"]]) {
      const { status, args, stderr } = run(["preview", ...option]);
      assert.deepEqual([status, args], [1, []], option.join(" "));
      assert.match(
        stderr,
        /pulumi --cwd: .+ — in this shell the state is the sandbox's, whose stack files are in .*program;/,
      );
    }
  });
});
