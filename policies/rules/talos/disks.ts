import type { Violation } from "../../engine/rule";
import type { View } from "../../engine/view";
import type { TalosConfig } from "../../engine/library/talos/config";
import { machineWith } from "./examples";
import { talosRule } from "./talos-rule";

/** Encryption of the disks of a machine. */

const VOLUMES = ["STATE", "EPHEMERAL"] as const;

/** How a system volume is encrypted: by a document of its own, or in the main one. */
function encryptionOf(config: TalosConfig, volume: (typeof VOLUMES)[number]): View {
  const own = config.document(`VolumeConfig ${volume}`).field("encryption");
  const classic = config.machine.at("systemDiskEncryption", volume.toLowerCase());
  return !own.present && classic.present ? classic : own;
}

const drop = (name: string) => ({
  apiVersion: "v1alpha1",
  kind: "VolumeConfig",
  name,
  encryption: { $patch: "delete" },
});

const keyed = (...keys: object[]) => {
  const encryption = { provider: "luks2", keys };
  return [drop("STATE"), { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "STATE", encryption }];
};

export const diskEncryption = talosRule({
  id: "talos-disk-encryption",
  title: "System disks encrypted",
  severity: "high",
  references: ["CIS", "NSA"],
  fix: "add encryption with provider luks2 to the VolumeConfig documents STATE and EPHEMERAL",
  docs: {
    why: "STATE holds the keys of the whole cluster, EPHEMERAL etcd and everything that pods write. A disk that is removed, returned to its vendor or resold reveals them.",
    pass: machineWith(),
    fail: machineWith(drop("EPHEMERAL")),
  },
  *check(config) {
    const users = config.documents("UserVolumeConfig");
    for (const [name, at] of [
      ...VOLUMES.map((volume) => [volume, encryptionOf(config, volume)] as const),
      ...users.map((volume) => [`volume ${volume.field("name").text ?? ""}`, volume.field("encryption")] as const),
    ]) {
      if (!at.present) yield { at, message: `${name} is not encrypted` };
      else if (!at.field("provider").is("luks2"))
        yield { at: at.field("provider"), message: `${name} is not encrypted by luks2` };
      else if (at.field("keys").items().length === 0) yield { at: at.field("keys"), message: `${name} has no key` };
    }
  },
});

export const diskKey = talosRule({
  id: "talos-disk-key",
  title: "Key not on the disk",
  severity: "high",
  references: ["Talos disk-encryption doc"],
  fix: "seal the key with tpm (checkSecurebootStatusOnEnroll: true) or kms, and lock EPHEMERAL to STATE",
  docs: {
    why: "A passphrase in the configuration and the id of the machine can be read from the disk or from other disks of the machine. Only a TPM or a key server gives the key to this machine alone.",
    pass: machineWith(),
    fail: machineWith(...keyed({ slot: 0, nodeID: {} })),
  },
  *check(config) {
    for (const volume of VOLUMES) yield* keyFaults(encryptionOf(config, volume), volume);
    for (const volume of config.documents("UserVolumeConfig")) {
      yield* keyFaults(volume.field("encryption"), volume.field("name").text ?? "volume");
    }
  },
});

function* keyFaults(encryption: View, volume: string): Generator<Violation> {
  const keys = encryption.field("keys").items();
  for (const key of keys) {
    const [passphrase, tpm] = [key.field("static"), key.field("tpm")];
    if (passphrase.present) yield { at: passphrase, message: `the passphrase of ${volume} is in the configuration` };
    const enroll = tpm.field("checkSecurebootStatusOnEnroll");
    if (tpm.present && !enroll.is(true)) yield { at: enroll, message: "a key may be sealed while Secure Boot is off" };
    const bound = tpm.present || key.field("kms").present || passphrase.present;
    const message = `the key of ${volume} follows from the id of the machine`;
    // protects a disk that is found without its machine, which no key at all does not
    if (!bound) yield { at: key.field("nodeID"), message, ...(key.field("nodeID").present ? { severity: "low" } : {}) };
    const locked = key.field("lockToState");
    if (volume === "EPHEMERAL" && bound && !locked.is(true))
      yield { at: locked, message: "EPHEMERAL can be opened without its STATE" };
  }
}
