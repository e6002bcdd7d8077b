import type { Crd } from "../../crd-sources";

/**
 * CRDs of LINSTOR's operator, which cannot be had as a Go module: names, scopes, versions and the fields that are
 * commonly set, typed; everything else is refused by strict clients and pruned by the API, as with the real
 * ones.
 */
export function stubCrds(): readonly Crd[] {
  return [linstorCluster(), satelliteConfiguration(), satellite(), nodeConnection()];
}

const text = { type: "string" };
const flag = { type: "boolean" };
const list = (items: object) => ({ type: "array", items });
const map = (values: object) => ({ type: "object", additionalProperties: values });
const object = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
});
/** Parts of other objects, or patches of them: the operator does not check them either. */
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function tls(): object {
  return object({
    certManager: object({ name: text, kind: text, group: text }, ["name"]),
    secretName: text,
    caReference: object({ name: text, key: text, kind: text, optional: flag }, ["name"]),
    tlsHandshakeDaemon: flag,
  });
}

function properties(): object {
  const from = object({ nodeFieldRef: text });
  return list(object({ name: text, value: text, optional: flag, valueFrom: from }, ["name"]));
}

const patches = () =>
  list(
    object({ target: object({ group: text, version: text, kind: text, name: text, namespace: text }), patch: text }),
  );

const component = () => object({ enabled: flag, podTemplate: anything });

function linstorCluster(): Crd {
  return crd("LinstorCluster", "linstorclusters", "Cluster", {
    repository: text,
    nodeSelector: map(text),
    nodeAffinity: anything,
    tolerations: list(anything),
    properties: properties(),
    linstorPassphraseSecret: text,
    internalTLS: tls(),
    apiTLS: object({
      certManager: object({ name: text, kind: text, group: text }, ["name"]),
      apiSecretName: text,
      clientSecretName: text,
      csiControllerSecretName: text,
      csiNodeSecretName: text,
      caReference: anything,
    }),
    controller: component(),
    csiController: component(),
    csiNode: component(),
    highAvailabilityController: component(),
    externalController: object({ url: text }, ["url"]),
    patches: patches(),
  });
}

function satelliteConfiguration(): Crd {
  return crd("LinstorSatelliteConfiguration", "linstorsatelliteconfigurations", "Cluster", {
    nodeSelector: map(text),
    nodeAffinity: anything,
    deletionPolicy: { type: "string", enum: ["Retain", "Evacuate", "Delete"] },
    properties: properties(),
    storagePools: list(storagePool()),
    internalTLS: tls(),
    podTemplate: anything,
    ipFamilies: list({ type: "string", enum: ["IPv4", "IPv6"] }),
    patches: patches(),
  });
}

function storagePool(): object {
  const volumeGroup = object({ volumeGroup: text });
  const pool = object({ zPool: text });
  const files = object({ directory: text });
  return object(
    {
      name: { type: "string", minLength: 3 },
      lvmPool: volumeGroup,
      lvmThinPool: object({ volumeGroup: text, thinPool: text }),
      zfsPool: pool,
      zfsThinPool: pool,
      filePool: files,
      fileThinPool: files,
      source: object({ hostDevices: list(text) }),
      properties: properties(),
    },
    ["name"],
  );
}

function satellite(): Crd {
  return crd("LinstorSatellite", "linstorsatellites", "Cluster", {
    clusterRef: object({ name: text, clientSecretName: text, caReference: anything, externalController: anything }),
    repository: text,
    deletionPolicy: text,
    properties: properties(),
    storagePools: list(storagePool()),
    internalTLS: tls(),
    ipFamilies: list(text),
    patches: patches(),
  });
}

function nodeConnection(): Crd {
  return crd("LinstorNodeConnection", "linstornodeconnections", "Cluster", {
    selector: list(anything),
    properties: properties(),
    paths: list(object({ name: text, interface: text }, ["name", "interface"])),
  });
}

function crd(kind: string, plural: string, scope: "Cluster" | "Namespaced", spec: object): Crd {
  const group = "piraeus.io";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: object({
              apiVersion: text,
              kind: text,
              metadata: { type: "object" },
              spec: object(spec),
              status: anything,
            }),
          },
        },
      ],
    },
  };
}
