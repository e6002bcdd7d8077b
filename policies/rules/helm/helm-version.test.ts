import * as assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isHelm3, refuseOtherHelm } from "./helm-version";

/*
 * Helm 4.0 renders other defaults than Helm 3 where a chart's values are null for a dependency (run with both), and the
 * Kubernetes provider 4.34.2 installs with Helm 3.20.
 */
describe("the version of helm", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), "firmament-helm-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function saying(version: string): Promise<{ helm: string; home: string }> {
    const helm = join(folder, `helm-${version}`);
    await writeFile(helm, `#!/bin/sh\n[ "$1" = version ] && printf '%s' '${version}'\n`);
    await chmod(helm, 0o755);
    return { helm, home: join(folder, "home") };
  }

  it("is 3, as that of the provider", async () => {
    const helm = await saying("v3.20.0");
    assert.equal(await isHelm3(helm), true);
    await refuseOtherHelm(helm);
  });

  it("is refused where it is another, with the reason", async () => {
    const helm = await saying("v4.0.1");
    assert.equal(await isHelm3(helm), false);
    await assert.rejects(
      refuseOtherHelm(helm),
      /helm-v4\.0\.1: version 4\.0\.1 — must be Helm 3, with which the Kubernetes provider installs charts; give the path/,
    );
  });

  it("is not decided by a helm that is not there: each release then says so", async () => {
    await refuseOtherHelm({ helm: join(folder, "missing"), home: folder });
  });
});
