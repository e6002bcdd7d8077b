import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { layout, type Layout } from "./layout";
import { writeSandboxCharts } from "./sandbox-charts";

/** No component: a few charts of tenants, without definitions. */
const COMPONENTS = [] as const;
const URL = "http://127.0.0.1:8080";

describe("the charts of a sandbox", () => {
  let place: Layout;
  beforeEach(() => {
    place = layout(PACKAGE_ROOT, fs.mkdtempSync(path.join(os.tmpdir(), "firmament-charts-")));
  });
  afterEach(() => fs.rmSync(place.directory, { recursive: true }));

  const index = () => path.join(place.charts, "index.yaml");
  const archive = () => path.join(place.charts, fs.readdirSync(place.charts).find((name) => /\.tgz$/.test(name)) ?? "");
  /** Writes them, and says whether anything was written. */
  async function written(url = URL): Promise<boolean> {
    const before = fs.existsSync(index()) ? fs.statSync(index(), { bigint: true }) : undefined;
    await writeSandboxCharts(place, "/cache/crds", url, COMPONENTS);
    const after = fs.statSync(index(), { bigint: true });
    return before?.ino !== after.ino || before.mtimeNs !== after.mtimeNs;
  }

  it("are written once", async () => {
    assert.equal(await written(), true);
    assert.ok(fs.existsSync(archive()));
    assert.equal(await written(), false);
  });

  it("are written again for another address, and where one was changed or is gone", async () => {
    await written();
    assert.equal(await written("http://127.0.0.1:9090"), true);
    const [file, content] = [archive(), fs.readFileSync(archive())];
    fs.writeFileSync(file, "changed");
    assert.equal(await written("http://127.0.0.1:9090"), true);
    assert.deepEqual(fs.readFileSync(file), content);
    fs.rmSync(file);
    assert.equal(await written("http://127.0.0.1:9090"), true);
    assert.deepEqual(fs.readFileSync(file), content);
  });
});
