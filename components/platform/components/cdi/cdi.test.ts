import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

describe("cdi", () => {
  it("is waited for, and not removed while there are disks that it made", () => {
    const cdi = objectOf(plan(), "cdi");
    assert.equal(cdi.metadata.annotations?.["pulumi.com/waitFor"], "jsonpath={.status.phase}=Deployed");
    assert.equal(at(cdi, "spec.uninstallStrategy"), "BlockUninstallIfWorkloadsExist");
    assert.equal(at(cdi, "spec.cloneStrategyOverride"), "csi-clone");
  });

  it("imports disks only once there are volumes for them", () => {
    const { stages } = plan();
    const after = stages.find(({ name }) => name === "data-volumes")?.after ?? [];
    assert.ok(after.includes("cdi-operator") && after.includes("storage-classes"), after.join());
  });

  it("takes its images from the mirror, which takes the place of their host", () => {
    const mirrored = plan({ change: { mirror: { images: "registry.example/mirror" } } });
    assert.equal(valuesOf(mirrored, "cdi-operator")["imageRegistry"], "registry.example/mirror");
    assert.equal(valuesOf(plan(), "cdi-operator")["imageRegistry"], undefined);
  });
});
