import { podsOf } from "../../engine/pods";
import { object } from "../../engine/library/examples";
import { objectRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { parseYaml } from "../../engine/yaml";

const ENFORCEMENT = "infraStorageClassEnforcement";
const VARIABLE = "INFRA_STORAGE_CLASS_ENFORCEMENT";

const driverConfig = (enforcement: string) =>
  object(
    "v1",
    "ConfigMap",
    { data: { infraClusterNamespace: "tenant-acme", [ENFORCEMENT]: enforcement } },
    { name: "driver-config", namespace: "tenant-acme" },
  );

export const storageClass = objectRule({
  id: "tenant-storage-class",
  group: "tenancy",
  title: "Only granted storage classes",
  severity: "high",
  references: ["MTB PL1-BC-FNS-1"],
  kinds: ["core/ConfigMap", "core/ResourceQuota", "apps/Deployment", "apps/StatefulSet"],
  fix: `set ${ENFORCEMENT} to allowAll: false and an allowList of granted classes, and a quota <class>.storageclass.storage.k8s.io/requests.storage for each`,
  docs: {
    why: "A tenant requests a disk by the name of a class. Without a list it can use every class: the local disks of the platform, the fast ones that another tenant pays for, and as many as there are.",
    pass: driverConfig("allowAll: false\nallowList: [replicated]\n"),
    fail: driverConfig("allowAll: true\n"),
  },
  *check(target, settings) {
    if (target.key === "core/ConfigMap") return yield* configFaults(target, settings);
    if (target.key === "core/ResourceQuota") return yield* quotaFaults(target, settings);
    for (const pod of podsOf(target)) {
      for (const { view } of pod.mainContainers) {
        const variable = view
          .field("env")
          .items()
          .find((each) => each.field("name").is(VARIABLE));
        const value = variable?.field("value");
        if (value?.present === true) yield* enforcementFaults(value, grantedTo(target, settings));
      }
    }
  },
});

/** The ConfigMap of KubeVirt's CSI driver, known by its keys. */
function* configFaults(target: Target, settings: Settings): Generator<Violation> {
  const data = target.root.field("data");
  const enforcement = data.field(ENFORCEMENT);
  const driver = ["infraClusterNamespace", "infraClusterLabels"].some((name) => data.field(name).present);
  if (enforcement.present) yield* enforcementFaults(enforcement, grantedTo(target, settings));
  else if (driver) yield { at: enforcement, message: "every storage class is open to the tenant" };
}

function grantedTo(target: Target, { grants }: Settings): readonly string[] | undefined {
  const namespace = target.namespace.text;
  const grant = namespace !== undefined && Object.hasOwn(grants, namespace) ? grants[namespace] : undefined;
  return grant === undefined || grant.storageClasses.length === 0 ? undefined : grant.storageClasses;
}

function* enforcementFaults(at: View, granted: readonly string[] | undefined): Generator<Violation> {
  if (at.text === undefined) return;
  const settings = parsed(at.text);
  if (settings === undefined) return yield { at, message: "it cannot be read as YAML" };
  if (settings["allowAll"] !== false)
    return yield { at, message: "every storage class is open to the tenant (allowAll)" };
  const list = settings["allowList"];
  const allowed = Array.isArray(list) ? list : [];
  if (allowed.length === 0 && settings["allowDefault"] !== true)
    yield { at, message: "no storage class is listed (allowList)" };
  const beyond =
    granted === undefined ? [] : allowed.filter((name) => typeof name !== "string" || !granted.includes(name));
  if (beyond.length > 0) yield { at, message: `class ${String(beyond[0])} was not granted to the namespace` };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const [value, ...more] = parseYaml(text);
    if (more.length > 0) return undefined;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A quota names every class the namespace was granted. */
function* quotaFaults(target: Target, settings: Settings): Generator<Violation> {
  const hard = target.spec.field("hard");
  for (const name of grantedTo(target, settings) ?? []) {
    const amount = hard.field(`${name}.storageclass.storage.k8s.io/requests.storage`);
    if (!amount.present) yield { at: amount, message: `class ${name} has no quota of its own` };
  }
}
