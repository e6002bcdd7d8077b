import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { closeDatabase, openDatabase } from "./database";
import { MemoryCloud } from "./memory-cloud.fixture";
import type { Job } from "./page/wire";
import { clusters, settings, TestPortal, wanted } from "./portal.fixture";

describe("a portal that ends in the middle of a job", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-portal-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const start = (cloud: MemoryCloud) => TestPortal.start(cloud, settings({ database: path.join(folder, "portal.db") }));

  it("goes on with it when it is started again, after the cloud was asked what had begun", async () => {
    const cloud = new MemoryCloud(clusters());
    cloud.hangs = true;
    const first = await start(cloud);
    const { id } = (await first.ask("POST", "/api/clusters", { as: "acme", body: wanted() })).json<Job>();
    await first.close();
    cloud.hangs = false;
    const second = await start(cloud);
    assert.equal((await second.ended(id)).state, "done");
    assert.deepEqual(cloud.calls, [
      "reserve acme--prod",
      "deploy acme--prod",
      "recover acme--prod",
      "deploy acme--prod",
    ]);
    await second.close();
  });

  it("goes on with a request that was not answered yet", async () => {
    const database = openDatabase(path.join(folder, "portal.db"));
    const wish = JSON.stringify({ kind: "create", cluster: wanted({ allow: [], isProtected: false }) });
    database
      .prepare(
        "INSERT INTO jobs (id, kind, cluster, customer, wanted, state, who, key, digest, created) VALUES (?, 'create', 'acme--prod', 'acme', ?, 'accepted', 'token:acme', 'k', 'd', '')",
      )
      .run("11111111-1111-4111-8111-111111111111", wish);
    closeDatabase(database);
    const cloud = new MemoryCloud(clusters());
    const portal = await start(cloud);
    assert.equal((await portal.ended("11111111-1111-4111-8111-111111111111")).state, "done");
    assert.deepEqual(cloud.calls, ["reserve acme--prod", "deploy acme--prod"]);
    await portal.close();
  });

  it("is the only one that has its database", async () => {
    const first = await start(new MemoryCloud());
    await assert.rejects(start(new MemoryCloud()), /locked/);
    await first.close();
  });
});
