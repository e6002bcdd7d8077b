import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";

describe("a command of firmament that fails", () => {
  it("says what Pulumi answered, without a stack trace, and ends with 2", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-failed-"));
    try {
      const script = "#!/bin/sh\necho \"error: no stack named 'base.nope' found\" >&2\nexit 255\n";
      fs.writeFileSync(path.join(folder, "pulumi"), script, { mode: 0o755 });
      const cli = path.join(PACKAGE_ROOT, "dist", "automation", "cli", "index.js");
      const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
      const ended = await new Promise<{ code: unknown; text: string }>((resolve) => {
        const args = [cli, "drift", "--stack", "base.nope", "--root", folder];
        const child = execFile(process.execPath, args, { env }, (_, __, text) =>
          resolve({ code: child.exitCode, text }),
        );
      });
      assert.equal(ended.code, 2, ended.text);
      assert.equal(
        ended.text,
        "pulumi stack export --stack base.nope --show-secrets: error: no stack named 'base.nope' found\n",
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
