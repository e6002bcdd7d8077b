import * as assert from "node:assert/strict";
import { SecretSetting } from "../../component";
import { at, objectOf, parsed, plan, valuesOf } from "../../platform.fixture";

const components = { velero: { enabled: true } };
const backup = { bucket: "cloud-backups", server: "https://s3.example" };
const more = { backupCredentials: "[default]" };

describe("velero", () => {
  const planned = plan({ change: { components, backup }, more });
  const value = (path: string) => at(valuesOf(planned, "velero"), path);

  it("keeps backups in the bucket of the settings, and moves what snapshots hold there too", () => {
    assert.deepEqual(value("configuration.backupStorageLocation.0"), {
      name: "default",
      provider: "aws",
      bucket: "cloud-backups",
      default: true,
      config: { region: "us-east-1", s3Url: "https://s3.example", s3ForcePathStyle: "true" },
    });
    assert.equal(value("configuration.defaultSnapshotMoveData"), true);
    assert.equal(value("schedules.everything.schedule"), "0 3 * * *");
  });

  it("signs in with a secret setting, in a Secret that its chart names", () => {
    const secret = objectOf(planned, String(value("credentials.existingSecret")));
    assert.deepEqual(at(secret, "stringData.cloud"), new SecretSetting("backupCredentials"));
    assert.equal(secret.metadata.namespace, "velero");
  });

  const refused: Record<string, [change: object, more: object, message: RegExp]> = {
    "no bucket": [{}, more, /platform\.backup\.bucket: missing — names where backups are kept/],
    "no credentials": [backup, {}, /backupCredentials: missing — is what Velero signs in .* with/],
    "a store without TLS": [
      { ...backup, server: "http://s3.example" },
      more,
      /backup\.server: .* — must be a URL like/,
    ],
    "a schedule that is none": [{ ...backup, schedule: "daily" }, more, /backup\.schedule: .*daily.* five fields/],
    "no time to keep them": [{ ...backup, keep: "0h" }, more, /backup\.keep: .*0h.* — must be a number of hours/],
  };
  for (const [what, [change, secrets, message]] of Object.entries(refused)) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parsed({ components, backup: change }, undefined, secrets), {
        name: "InvalidInput",
        message,
      });
    });
  }
});
