import { isTenants, tenantOf } from "../../engine/layers";
import { resourceRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { leaves, viewOf } from "../../engine/walk";
import { cluster } from "./examples";
import { isDerivedFrom, isInsideTenant } from "../../engine/library/tenants";

/** Kinds that describe a tenant's cluster, in every program, with or without a label. */
const CLUSTER_KINDS =
  /^(?:cluster\.x-k8s\.io|(?:controlplane|bootstrap|infrastructure|addons)\.cluster\.x-k8s\.io|kubevirt\.io|pool\.kubevirt\.io)\/|^kamaji\.clastix\.io\/TenantControlPlane$/;

/** Kinds of those groups that are the platform's. */
const PLATFORM_KINDS: ReadonlySet<string> = new Set(["kubevirt.io/KubeVirt", "cluster.x-k8s.io/ClusterClass"]);

/** References whose namespace is looked at even where it is not known yet; the others are found by their name. */
const REFERENCES: readonly (readonly string[])[] = [
  ["controlPlaneRef"],
  ["infrastructureRef"],
  ["topology", "classRef"],
  ["bootstrap", "configRef"],
  ["infraClusterSecretRef"],
  ["template", "spec", "bootstrap", "configRef"],
  ["template", "spec", "infrastructureRef"],
  ["template", "spec", "infraClusterSecretRef"],
  ["template", "spec", "virtualMachineTemplate", "metadata"],
  ["virtualMachineTemplate", "metadata"],
  ["sshKeys", "configRef"],
];

/** A field that names another object: `configRef`, `secretReference`, `caSecret`; routes may have shared gateways. */
const REFERENCE = /(?:Ref|Refs|Reference|References|[sS]ecret)$/;
const SHARED: ReadonlySet<string> = new Set(["parentRefs", "secretRefs"]);

function namespacesIn(target: Target): View[] {
  const { spec, root } = target;
  const subjects = target.key === "rbac.authorization.k8s.io/RoleBinding" ? root.field("subjects").items() : [];
  const found = new Set([
    ...REFERENCES.map((way) => spec.at(...way).field("namespace")),
    ...subjects.map((subject) => subject.field("namespace")),
  ]);
  if (spec.unreadable) return [...found];
  for (const leaf of leaves(spec.value)) {
    if (leaf.name !== "namespace") continue;
    const path = leaf.path();
    const holder = path
      .slice(0, -1)
      .reverse()
      .find((step) => typeof step === "string");
    if (typeof holder !== "string" || SHARED.has(holder)) continue;
    if (REFERENCE.test(holder) || holder === "metadata") found.add(viewOf(spec, leaf));
  }
  return [...found];
}

export const namespaceScope = resourceRule({
  id: "tenant-namespace-scope",
  group: "tenancy",
  title: "No reference across tenants",
  severity: "critical",
  references: ["MTB PL1-BC-TI-2"],
  types: ["every namespaced object of a tenant"],
  fix: "keep the object and everything it refers to in the tenant's own namespace",
  docs: {
    why: "Controllers follow references with rights of their own. One that leads into another namespace lets a tenant use, and often read, a secret, an image or a machine of another tenant.",
    pass: cluster(),
    fail: cluster({ infrastructureRef: { kind: "KubevirtCluster", name: "bank", namespace: "tenant-bank" } }),
  },
  on: ({ kubernetes, scope }) => kubernetes && scope !== "cluster",
  *check(target, settings) {
    if (!concerns(target, settings) || isInsideTenant(target, settings)) return;
    const own = target.namespace;
    const tenant = tenantOf(target, settings);
    if (tenant !== undefined && own.text !== undefined && !isDerivedFrom(own.text, tenant)) {
      yield { at: own, message: `namespace ${own.text} is not that of tenant ${tenant}` };
    }
    yield* foreign(target);
  },
});

function concerns(target: Target, settings: Settings): boolean {
  if (CLUSTER_KINDS.test(target.key)) return !PLATFORM_KINDS.has(target.key);
  return isTenants(target, settings);
}

function* foreign(target: Target): Generator<Violation> {
  const own = target.namespace;
  for (const namespace of namespacesIn(target)) {
    const { text } = namespace;
    if (text === undefined || text === "" || text === own.text) continue;
    // without a namespace of its own the provider's counts, which the reference must not be guessed to be
    yield { at: namespace, message: `it refers to namespace ${text}`, unless: [own] };
  }
}
