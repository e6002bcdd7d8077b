import * as assert from "node:assert/strict";
import { base, settings } from "../../components/platform/platform.fixture";
import { plannedPlatform } from "../deployed-platform";
import { platformParts } from "./platform-parts";

describe("which part of a platform a resource is", () => {
  const config = {
    "firmament:layer": "platform",
    "firmament:platform": settings.platform,
    "firmament:storagePassphrase": { secure: "v1:…" },
  };
  const step = (resource: string) => ({ op: "create", resource, type: "any", inputs: {} });

  it("is a component and its stage: for a release the chart, for an object what it is made with", () => {
    const partOf = platformParts(plannedPlatform(config, base));
    assert.equal(partOf(step("cert-manager")), "cert-manager");
    assert.equal(partOf(step("linstor")), "piraeus (linstor)");
    assert.equal(partOf(step("ControlPlaneProvider-kamaji")), "kamaji (cluster-api-control-plane)");
    assert.equal(partOf(step("unknown")), undefined);
  });

  it("is not known of settings that are refused", () => {
    const broken = { ...config, "firmament:platform": { ...settings.platform, tier: "gold" } };
    assert.throws(() => plannedPlatform(broken, base), { name: "InvalidInput" });
  });
});
