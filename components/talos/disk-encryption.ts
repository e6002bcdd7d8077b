import { VERSION } from "./document";
import type { BaseSettings } from "./settings";

type DiskEncryption = BaseSettings["talos"]["diskEncryption"];

/** STATE holds the keys of the cluster, EPHEMERAL etcd and what pods write; the latter opens only beside its STATE. */
export function encryptedVolumes({ talos: { diskEncryption } }: Pick<BaseSettings, "talos">): object[] {
  return [
    { name: "STATE", ...encryption(diskEncryption) },
    { name: "EPHEMERAL", ...besideState(diskEncryption) },
  ].flatMap((volume) => ("encryption" in volume ? [{ ...VERSION, kind: "VolumeConfig", ...volume }] : []));
}

/** `encryption` of a volume that opens only in the machine whose STATE it was made with. */
export function besideState(diskEncryption: DiskEncryption): { readonly encryption?: object } {
  return encryption(diskEncryption, { lockToState: true });
}

function encryption(diskEncryption: DiskEncryption, lock: object = {}): { readonly encryption?: object } {
  if (diskEncryption === undefined) return {};
  const key =
    diskEncryption === "tpm"
      ? { slot: 0, tpm: { checkSecurebootStatusOnEnroll: true } }
      : { slot: 0, kms: { endpoint: diskEncryption.kms } };
  return { encryption: { provider: "luks2", keys: [{ ...key, ...lock }] } };
}
