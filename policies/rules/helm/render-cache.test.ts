import * as assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { release } from "./examples";
import { renderReleases } from "./render";

/** A helm that renders one ConfigMap and notes when it does. */
const HELM = `#!/bin/sh
[ "$1" = template ] || exit 0
echo template >> "$(dirname "$0")/calls"
printf -- '---\\n# Source: shop/templates/a.yaml\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: a }\\n'
`;

describe("what helm has rendered", () => {
  let folder: string;
  let helm: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "firmament-rendered-"));
    helm = join(folder, "helm");
    await writeFile(helm, HELM);
    await chmod(helm, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Renders the chart out of a folder of archives. @returns how often helm has rendered by then. */
  async function rendered(mirror: string, content: string, changes: Record<string, unknown> = {}): Promise<number> {
    await mkdir(join(folder, mirror), { recursive: true });
    await writeFile(join(folder, mirror, "shop-1.4.2.tgz"), gzipSync(content));
    const options = { helm, cacheDir: join(folder, "cache"), mirror: join(folder, mirror) };
    const { manifests, failures } = await renderReleases([release(changes)], options);
    assert.deepEqual([manifests.length, failures], [1, []]);
    return (await readFile(join(folder, "calls"), "utf8")).split("\n").length - 1;
  }

  it("is taken again for an archive of the same content, wherever it lies", async () => {
    assert.equal(await rendered("one", "content"), 1);
    assert.equal(await rendered("one", "content"), 1);
    assert.equal(await rendered("other", "content"), 1);
  });

  it("is rendered again for another content of the same name and version, and for other values", async () => {
    assert.equal(await rendered("one", "content"), 1);
    assert.equal(await rendered("one", "new content"), 2);
    assert.equal(await rendered("one", "new content", { values: { replicas: 2 } }), 3);
  });

  it("is rendered each time from a folder, which has no version", async () => {
    await mkdir(join(folder, "charts", "shop"), { recursive: true });
    const local = release({ chart: "./charts/shop", repositoryOpts: undefined });
    const options = { helm, cacheDir: join(folder, "cache"), root: folder };
    // at both moments: a folder is not looked into
    for (const times of [2, 4]) {
      await renderReleases([local], options);
      assert.equal((await readFile(join(folder, "calls"), "utf8")).split("\n").length - 1, times);
    }
  });
});
