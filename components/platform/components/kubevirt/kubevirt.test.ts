import * as assert from "node:assert/strict";
import { at, objectOf, plan } from "../../platform.fixture";

const spec = (path: string, change: object = {}) => at(objectOf(plan({ change }), "kubevirt"), `spec.${path}`);

describe("kubevirt", () => {
  it("opens no gate that gives a guest parts of its host", () => {
    const gates = spec("configuration.developerConfiguration.featureGates") as string[];
    for (const gate of ["HostDisk", "Root", "Sidecar", "HostDevices", "VSOCK"]) assert.ok(!gates.includes(gate));
    for (const gate of ["NodeRestriction", "KubevirtSeccompProfile"]) assert.ok(gates.includes(gate));
  });

  it("runs two of its controllers in production, and one in development", () => {
    assert.equal(spec("infra.replicas"), 2);
    assert.equal(spec("infra.replicas", { tier: "development" }), 1);
  });

  it("takes its images from the mirror", () => {
    const mirror = { images: "registry.example/mirror/" };
    assert.equal(spec("imageRegistry", { mirror }), "registry.example/mirror/kubevirt");
    assert.equal(spec("imageRegistry"), undefined);
  });

  it("says of migrations and processors only what settings say: the rest is KubeVirt's own", () => {
    assert.equal(spec("configuration.migrations"), undefined);
    assert.equal(spec("configuration.cpuModel"), undefined);
    assert.equal(spec("configuration.additionalGuestMemoryOverheadRatio"), undefined);
    const virtualization = {
      cpuModel: "Haswell-noTSX",
      memoryOverhead: "1.5",
      migrationNetwork: "migrations",
      migrationBandwidth: "512Mi",
      instanceTypes: true,
    };
    const of = (path: string) => spec(`configuration.${path}`, { virtualization });
    assert.equal(of("cpuModel"), "Haswell-noTSX");
    assert.equal(of("additionalGuestMemoryOverheadRatio"), "1.5");
    assert.deepEqual(of("migrations"), {
      parallelMigrationsPerCluster: 5,
      network: "migrations",
      bandwidthPerMigration: "512Mi",
    });
    assert.equal(of("commonInstancetypesDeployment.enabled"), true);
  });

  it("refuses an overhead that would take memory from guests, and other nonsense", () => {
    const refused = (virtualization: object, message: RegExp) =>
      assert.throws(() => plan({ change: { virtualization } }), { name: "InvalidInput", message });
    refused({ memoryOverhead: "0.5" }, /virtualization\.memoryOverhead: "?0\.5"? — must be a factor of at least 1/);
    refused({ migrationBandwidth: "fast" }, /migrationBandwidth: .*fast.* — must be a quantity of bytes a second/);
    refused({ parallelMigrations: 0 }, /parallelMigrations: 0/);
  });
});
