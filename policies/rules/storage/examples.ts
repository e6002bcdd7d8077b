import { LINSTOR } from "./classes";

const DRBD = `property.${LINSTOR}/DrbdOptions`;

const PARAMETERS = {
  [`${LINSTOR}/storagePool`]: "data",
  [`${LINSTOR}/placementCount`]: "3",
  [`${LINSTOR}/layerList`]: "drbd luks storage",
  [`${LINSTOR}/encryption`]: "true",
  [`${LINSTOR}/allowRemoteVolumeAccess`]: "true",
  [`${DRBD}/auto-quorum`]: "suspend-io",
  [`${DRBD}/Resource/on-no-data-accessible`]: "suspend-io",
  [`${DRBD}/Net/rr-conflict`]: "retry-connect",
};

/** A class that satisfies every rule; `parameters` are merged over its own, undefined removes one. */
export function storageClass(parameters: object = {}, fields: object = {}, metadata: object = {}): object {
  const merged = Object.entries({ ...PARAMETERS, ...parameters }).filter(([, value]) => value !== undefined);
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "replicated", ...metadata },
    provisioner: LINSTOR,
    parameters: Object.fromEntries(merged) as object,
    reclaimPolicy: "Retain",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
    ...fields,
  };
}

export const parameterName = (name: string) => `${LINSTOR}/${name}`;

export const propertyName = (name: string) => `${DRBD}/${name}`;

export const AS_DEFAULT = { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } };
