import { parameters, names } from "../../engine/parameters";
import { object } from "../../engine/library/examples";
import { objectRule } from "../../engine/rule";
import { LOCAL_NAME } from "./classes";

const CLUSTER = "piraeus.io/LinstorCluster";
const SATELLITES = "piraeus.io/LinstorSatelliteConfiguration";

const issuer = (name: string) => ({ certManager: { name, kind: "Issuer" } });

const linstor = (spec: object) => ({
  apiVersion: "piraeus.io/v1",
  kind: "LinstorCluster",
  metadata: { name: "linstorcluster" },
  spec: { internalTLS: issuer("linstor-internal-ca"), apiTLS: issuer("linstor-api-ca"), ...spec },
});

export const linstorTls = objectRule({
  id: "linstor-tls",
  group: "storage",
  title: "LINSTOR control plane TLS",
  severity: "high",
  references: ["piraeus how-to"],
  kinds: [CLUSTER, SATELLITES],
  fix: "set apiTLS and internalTLS, give the passphrase by linstorPassphraseSecret, and leave DRBD's TLS on",
  docs: {
    why: "Everybody who reaches the API of LINSTOR may attach every volume. Without TLS that is everybody on the network of the machines, and satellites obey the first that connects.",
    pass: linstor({}),
    fail: linstor({ apiTLS: undefined }),
  },
  *check({ key, spec, neighbours }) {
    const internal = spec.field("internalTLS");
    // satellites may be configured in several pieces, of which one says it for all
    const elsewhere =
      key === SATELLITES && (neighbours?.all(SATELLITES) ?? []).some((each) => each.spec.field("internalTLS").present);
    if (!internal.present && !elsewhere)
      yield { at: internal, message: "controller and satellites communicate unencrypted" };
    const api = spec.field("apiTLS");
    if (key === CLUSTER && !api.present) yield { at: api, message: "the API is open to everybody who reaches it" };
    for (const property of spec.field("properties").items()) {
      const [name, value] = [property.field("name").text ?? "", property.field("value")];
      if (/passphrase/i.test(name)) yield { at: value, message: "the passphrase is in the object" };
      if (/DrbdOptions\/Net\/tls$/.test(name) && !value.is("yes"))
        yield { at: value, message: "replication is unencrypted" };
    }
    for (const container of spec.at("controller", "podTemplate", "spec", "containers").items()) {
      for (const variable of container.field("env").items()) {
        const literal = variable.field("value");
        if (/PASSPHRASE/.test(variable.field("name").text ?? "") && literal.present)
          yield { at: literal, message: "the passphrase is in the object" };
      }
    }
  },
});

const ENFORCE = "pod-security.kubernetes.io/enforce";

const piraeus = (level: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "piraeus-datastore", labels: { [ENFORCE]: level } },
});

export const privilegedScoped = objectRule({
  id: "linstor-privileged-scoped",
  group: "storage",
  title: "Privileged namespace listed",
  severity: "medium",
  references: ["PSA"],
  kinds: ["core/Namespace"],
  fix: "list it in privilegedNamespaces of the configuration, and keep anything but storage out of it",
  docs: {
    why: "Storage needs the devices of the machine, so its namespace admits privileged pods. Such namespaces should be in a list that is reviewed.",
    pass: { resources: [piraeus("privileged")], config: { privilegedNamespaces: ["piraeus-datastore"] } },
    fail: piraeus("privileged"),
  },
  *check({ labels, name }, settings) {
    const level = labels.field(ENFORCE);
    const storage = /piraeus|linstor|drbd/i.test(name.text ?? "");
    if (storage && level.is("privileged") && !settings.privilegedNamespaces.includes(name.text ?? "")) {
      yield { at: level, message: "privileged pods are admitted here, and the namespace is not in the list" };
    }
  },
});

const claim = (storageClassName: string) =>
  object("v1", "PersistentVolumeClaim", {
    spec: {
      accessModes: ["ReadWriteMany"],
      volumeMode: "Block",
      storageClassName,
      resources: { requests: { storage: "1Gi" } },
    },
  });

const ACCESS_MODE = parameters("pvc-access-mode", (z) => ({
  localClasses: names(z).describe("Storage classes whose volumes exist on one machine."),
  replicatedClasses: names(z).describe(
    "Storage classes whose volumes are replicated, in addition to those whose name shows it.",
  ),
}));

export const accessMode = objectRule({
  id: "pvc-access-mode",
  group: "storage",
  title: "Access mode fits",
  severity: "medium",
  references: ["KubeVirt"],
  kinds: ["core/PersistentVolumeClaim", "cdi.kubevirt.io/DataVolume"],
  fix: "use a replicated class, or ReadWriteOncePod where one pod writes",
  params: ACCESS_MODE,
  docs: {
    why: "A local volume exists on one machine only: a virtual machine on it cannot be migrated, and its claim stays pending.",
    pass: claim("replicated"),
    fail: claim("local"),
  },
  *check({ key, spec, annotations, labels }, settings) {
    const volumes = key.startsWith("core/") ? [spec] : [spec.field("storage"), spec.field("pvc")];
    const { localClasses: local = [], replicatedClasses: replicated = [] } = ACCESS_MODE.of(settings);
    for (const volume of volumes) {
      const [modes, name] = [volume.field("accessModes"), volume.field("storageClassName")];
      const single =
        name.text !== undefined &&
        !replicated.includes(name.text) &&
        (local.includes(name.text) || LOCAL_NAME.test(name.text));
      const block = volume.field("volumeMode");
      for (const at of modes.items()) {
        if (at.is("ReadWriteMany") && block.is("Block") && single)
          yield { at, message: `volumes of ${name.text ?? ""} are on one machine` };
        const writer = [...annotations.entries(), ...labels.entries()].find(([key]) => key.endsWith("/single-writer"));
        if (writer?.[1].is("true") === true && !at.is("ReadWriteOncePod"))
          yield { at, message: "more than one writer may open it" };
      }
    }
  },
});
