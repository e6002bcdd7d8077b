import { AS_DEFAULT, parameterName, propertyName, storageClass } from "./examples";
import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";

const [copies, layers] = [parameterName("placementCount"), parameterName("layerList")];
const local = (metadata: object = {}) =>
  storageClass({ [copies]: "1", [layers]: "storage" }, {}, { name: "local", ...metadata });
const linstor = (kind: string, spec: object) => ({ apiVersion: "piraeus.io/v1", kind, metadata: { name: "l" }, spec });
const tls = { certManager: { name: "ca", kind: "Issuer" } };
const two = storageClass({}, {}, AS_DEFAULT);
const claim = (spec: object, annotations: object = {}) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "c", namespace: "n", annotations },
  spec,
});

describe("rules about storage", () => {
  itJudges([
    ["sc-replicas", "a local class may have one copy", local(), "pass"],
    ["sc-replicas", "not when it is the default", local(AS_DEFAULT), "violation"],
    ["sc-replicas", "nor when its name hides it", local({ name: "fast" }), "violation"],
    [
      "sc-replicas",
      "two copies without a tie breaker",
      storageClass({ [copies]: "2", [propertyName("auto-add-quorum-tiebreaker")]: "false" }),
      "violation",
    ],
    ["sc-replicas", "two copies with one", storageClass({ [copies]: "2" }), "pass"],
    ["sc-replicas", "the older name of the parameter", storageClass({ [copies]: undefined, autoPlace: "2" }), "pass"],
    ["sc-replicas", "a number that is not known", storageClass({ [copies]: UNKNOWN }), "undecided"],
    ["sc-replicas", "nothing of other drivers", storageClass({}, { provisioner: "driver.longhorn.io" }), "pass"],
    ["sc-encryption", "one of two ways is enough", storageClass({ [parameterName("encryption")]: undefined }), "pass"],
    [
      "sc-encryption",
      "not for tenants",
      { resources: [local({ name: "local" })], config: { grants: { a: { storageClasses: ["replicated"] } } } },
      "pass",
    ],
    [
      "sc-encryption",
      "another driver",
      storageClass({ encrypted: "false" }, { provisioner: "driver.longhorn.io" }),
      "violation",
    ],
    [
      "sc-quorum",
      "what the cluster sets for all",
      {
        resources: [
          storageClass({ [propertyName("auto-quorum")]: undefined }),
          linstor("LinstorCluster", { properties: [{ name: "DrbdOptions/auto-quorum", value: "suspend-io" }] }),
        ],
      },
      "pass",
    ],
    [
      "sc-quorum",
      "what the cluster turns off for all",
      linstor("LinstorCluster", { properties: [{ name: "DrbdOptions/auto-quorum", value: "off" }] }),
      "violation",
    ],
    ["sc-quorum", "disks that move", storageClass({ [propertyName("Net/rr-conflict")]: undefined }), /rr-conflict/],
    ["sc-quorum", "one copy needs none", local(), "pass"],
    [
      "sc-reclaim",
      "a tenant's class that deletes",
      storageClass({}, { reclaimPolicy: "Delete" }, { labels: { "firmament.example/tenant": "acme" } }),
      /reclaimPolicy$/,
    ],
    [
      "sc-reclaim",
      "with a backup",
      storageClass(
        {},
        { reclaimPolicy: "Delete" },
        { labels: { "firmament.example/tenant": "acme" }, annotations: { "example.com/backup": "nightly" } },
      ),
      "pass",
    ],
    ["sc-reclaim", "volumes bound at once", storageClass({}, { volumeBindingMode: "Immediate" }), /volumeBindingMode$/],
    ["sc-default-single", "none", { resources: [storageClass()] }, "violation"],
    [
      "sc-default-single",
      "one of another stack",
      { resources: [storageClass({}, {}, { name: "other" })], context: [two] },
      "pass",
    ],
    [
      "sc-default-single",
      "each cluster has its own",
      {
        resources: ["a", "b"].map((name) => ({
          type: "kubernetes:storage.k8s.io/v1:StorageClass",
          name,
          props: two,
          provider: { type: "pulumi:providers:kubernetes", name },
        })),
      },
      "pass",
    ],
    ["linstor-tls", "satellites without TLS", linstor("LinstorSatelliteConfiguration", {}), /internalTLS$/],
    [
      "linstor-tls",
      "satellites in two pieces",
      {
        resources: [
          linstor("LinstorSatelliteConfiguration", {}),
          linstor("LinstorSatelliteConfiguration", { internalTLS: tls }),
        ],
      },
      "pass",
    ],
    [
      "linstor-tls",
      "a passphrase in the object",
      linstor("LinstorCluster", { internalTLS: tls, apiTLS: tls, properties: [{ name: "x/passphrase", value: "p" }] }),
      "violation",
    ],
    [
      "pvc-access-mode",
      "one writer",
      claim({ accessModes: ["ReadWriteOnce"] }, { "example.com/single-writer": "true" }),
      "violation",
    ],
    [
      "pvc-access-mode",
      "a class that only sounds local",
      {
        resources: [claim({ accessModes: ["ReadWriteMany"], volumeMode: "Block", storageClassName: "localdc" })],
        params: { "pvc-access-mode": { replicatedClasses: ["localdc"] } },
      },
      "pass",
    ],
  ]);
});
