import { parameters } from "../../engine/parameters";
import { objectRule, stackRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import { dataStore, kamajiControlPlane } from "./examples";
import { hostedControlPlane, type HostedControlPlane } from "./hosted";

const KIND = ["kamaji.clastix.io/DataStore"];

export const dataStoreTls = objectRule({
  id: "kamaji-datastore-tls",
  group: "tenancy",
  title: "DataStore over TLS",
  severity: "critical",
  references: ["CIS 2.1", "CIS 2.2"],
  kinds: KIND,
  fix: "set tlsConfig with certificateAuthority and clientCertificate, for every driver",
  docs: {
    why: "A DataStore holds the whole state of its tenants, their Secrets among it. Without TLS it is sent unencrypted, and without a client certificate everybody who knows a password can read it; the schema demands both of etcd only.",
    pass: dataStore(),
    fail: dataStore({ driver: "PostgreSQL", tlsConfig: undefined, basicAuth: {} }),
  },
  *check({ spec }) {
    const tls = spec.field("tlsConfig");
    if (!tls.present) return yield { at: tls, message: "the state of control planes is sent without TLS" };
    const authority = tls.at("certificateAuthority", "certificate");
    if (!authority.present) yield { at: authority, message: "no certificate authority verifies the server" };
    const client = tls.field("clientCertificate");
    for (const part of ["certificate", "privateKey"]) {
      const half = client.field(part);
      if (!half.present) yield { at: half, message: "Kamaji does not identify itself by a certificate" };
    }
  },
});

export const dataStoreSecretRef = objectRule({
  id: "kamaji-datastore-secret-ref",
  group: "tenancy",
  title: "DataStore secrets by reference",
  severity: "critical",
  references: ["C-0012", "CIS 5.4.1"],
  kinds: KIND,
  fix: "move the content into a Secret and name it by secretReference",
  docs: {
    why: "Content written into the DataStore is readable by everybody who may read DataStores, and is stored in the state of the stack. It gives access to the state of every tenant of that DataStore.",
    pass: dataStore(),
    fail: dataStore({
      basicAuth: { username: { content: "a2FtYWpp" }, password: { content: "Y29ycmVjdC1ob3JzZQ==" } },
    }),
  },
  *check({ spec }) {
    const tls = spec.field("tlsConfig");
    const holders = [
      ...["username", "password"].map((name) => spec.at("basicAuth", name)),
      ...["certificateAuthority", "clientCertificate"].flatMap((pair) =>
        ["certificate", "privateKey"].map((name) => tls.at(pair, name)),
      ),
    ];
    for (const holder of holders) {
      const content = holder.field("content");
      if (content.present) yield { at: content, message: "it is in the object instead of a Secret" };
    }
  },
});

const IDENTIFIER = /^[a-z][a-z0-9_]{0,62}$/;

interface Keyspace {
  readonly controlPlane: HostedControlPlane;
  readonly store: string;
  readonly schema: string;
  readonly username: string;
  /** Where a clash is reported: the field, or the store's name where it is derived. */
  readonly at: { readonly schema: View; readonly username: View };
}

/** Kamaji derives schema and user from namespace and name; `a-b/c` and `a/b-c` come out the same. */
function keyspaceOf(controlPlane: HostedControlPlane): Keyspace | undefined {
  const { target, dataStore: store, schema, username } = controlPlane;
  if (store.text === undefined) return undefined;
  const derived = `${target.namespace.text ?? ""}_${target.name.text ?? ""}`.replaceAll("-", "_");
  return {
    controlPlane,
    store: store.text,
    schema: schema.text ?? derived,
    username: username.text ?? derived,
    at: { schema: schema.present ? schema : store, username: username.present ? username : store },
  };
}

const hosted = (name: string, namespace: string, spec: object) =>
  kamajiControlPlane({ dataStoreName: "shared", ...spec }, { name, namespace });

const ISOLATED = parameters("kamaji-datastore-isolated", (z) => ({
  hostile: z.boolean().describe("Whether tenants do not trust each other: then no two may share a DataStore."),
}));

export const dataStoreIsolated = stackRule({
  id: "kamaji-datastore-isolated",
  group: "tenancy",
  title: "DataStore keyspace per tenant",
  severity: "high",
  references: ["CVE-2024-42480", "CVE-2026-62246"],
  types: ["controlplane.cluster.x-k8s.io/KamajiControlPlane", "kamaji.clastix.io/TenantControlPlane"],
  fix: "name the DataStore, and give each control plane a dataStoreSchema and a dataStoreUsername of its own: a letter, then letters, digits and _",
  params: ISOLATED,
  docs: {
    why: "Control planes that share a DataStore are kept apart by schema and user alone. What Kamaji derives from namespace and name can be the same for two of them (CVE-2026-62246), and then one tenant reads and writes the state of another.",
    pass: {
      resources: [
        hosted("acme", "tenant-acme", { dataStoreSchema: "acme", dataStoreUsername: "acme" }),
        hosted("bank", "tenant-bank", { dataStoreSchema: "bank", dataStoreUsername: "bank" }),
      ],
    },
    fail: { resources: [hosted("b-c", "a", {}), hosted("c", "a-b", {})] },
  },
  *check(stack, settings) {
    const planes = stack
      .all("controlplane.cluster.x-k8s.io/KamajiControlPlane", "kamaji.clastix.io/TenantControlPlane")
      .map((target) => target.memo(hostedControlPlane));
    const hostile = ISOLATED.of(settings).hostile === true;
    const seen = new Map<string, Keyspace>();
    for (const controlPlane of planes) {
      const { dataStore: store, schema, username } = controlPlane;
      if (!store.present || store.is(""))
        yield { at: store, message: "no DataStore is named: the default one holds its state" };
      for (const name of [schema, username]) {
        if (name.text !== undefined && !IDENTIFIER.test(name.text)) {
          yield { at: name, message: `"${name.text.slice(0, 80)}" is no plain identifier` };
        }
      }
      const keyspace = keyspaceOf(controlPlane);
      if (keyspace !== undefined) yield* clashes(keyspace, seen, hostile);
    }
  },
});

function* clashes(
  { controlPlane, store, schema, username, at }: Keyspace,
  seen: Map<string, Keyspace>,
  hostile: boolean,
) {
  const self = identity(controlPlane);
  const keys = [
    [`schema ${store} ${schema}`, at.schema, `schema ${schema} of DataStore ${store}`],
    [`user ${store} ${username}`, at.username, `user ${username} of DataStore ${store}`],
    ...(hostile ? ([[`store ${store}`, controlPlane.dataStore, `DataStore ${store}`]] as const) : []),
  ] as const;
  for (const [key, view, what] of keys) {
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, { controlPlane, store, schema, username, at });
    } else if (identity(other.controlPlane) !== self) {
      yield { at: view, message: `${what} belongs to ${identity(other.controlPlane)} as well` };
      // either of the two may be the one that is evaluated
      yield {
        at: key.startsWith("schema")
          ? other.at.schema
          : key.startsWith("user")
            ? other.at.username
            : other.controlPlane.dataStore,
        message: `${what} belongs to ${self} as well`,
      };
    }
  }
}

/** Cluster API's object and the one Kamaji's provider makes of it are one control plane. */
function identity({ target }: HostedControlPlane): string {
  return `${target.namespace.text ?? ""}/${target.name.text ?? target.resource.name}`;
}
