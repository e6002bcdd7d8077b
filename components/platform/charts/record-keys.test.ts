import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { packChart } from "./archive";
import { readKeys } from "./keys";
import { LOCK_FILE, lockedChart, readChartLock } from "./lock";
import { chartsWithoutKeys, recordKeysFrom } from "./record-keys";

describe("recording the keys of charts", () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-keys-"));
    fs.mkdirSync(path.join(root, path.dirname(LOCK_FILE)), { recursive: true });
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("reads archives of the versions of the lock, and names the charts that it has none of", async () => {
    const lock = { agent: { version: "1.0.0" }, other: { version: "2.0.0" }, wrapped: { version: "1", manifests: [] } };
    fs.writeFileSync(path.join(root, LOCK_FILE), JSON.stringify(lock));
    const archive = await packChart("agent", new Map([["values.yaml", "replicas: 1\n"]]));
    fs.writeFileSync(path.join(root, "agent-1.0.0.tgz"), archive);
    fs.writeFileSync(path.join(root, "other-1.9.0.tgz"), archive);
    assert.deepEqual(await recordKeysFrom(root, root), ["agent"]);
    assert.deepEqual(readKeys(root, "agent", { version: "1.0.0" }), { replicas: "value" });
    assert.equal(readKeys(root, "agent", { version: "1.0.1" }), undefined, "keys of another version say nothing");
    assert.deepEqual(readKeys(root, "wrapped", lockedChart(readChartLock(root), "wrapped")), {
      imageRegistry: "value",
    });
    assert.deepEqual(chartsWithoutKeys(root), ["other"]);
  });
});
