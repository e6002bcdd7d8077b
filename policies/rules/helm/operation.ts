import { isInsideTenant } from "../../engine/library/tenants";
import { resourceRule } from "../../engine/rule";
import { isUnknown } from "../../engine/unknown";
import { release } from "./examples";
import { RELEASE } from "./source";

const SHORTEST = 60;
const LONGEST = 1800;

export const awaited = resourceRule({
  id: "helm-skip-await",
  group: "helm",
  title: "Release waits and cleans up",
  severity: "low",
  references: ["Helm --wait, --atomic"],
  types: [RELEASE],
  on: ({ key }) => key === RELEASE,
  fix: "leave skipAwait off or give the reason in description, set atomic or cleanupOnFail, and a timeout of 60 to 1800 seconds",
  docs: {
    why: "A release that is not awaited counts as installed while its pods crash. One that is not cleaned up after a failure leaves some of its objects, and the next deployment fails because of them.",
    pass: release(),
    fail: release({ skipAwait: true }),
  },
  *check({ root }) {
    const skip = root.field("skipAwait");
    const reason = root.field("description");
    if (skip.on && (reason.text ?? "").trim().length < 10) {
      yield { at: skip, message: "it is not awaited, and description gives no reason", unless: [reason] };
    }
    const atomic = root.field("atomic");
    const clean = root.field("cleanupOnFail");
    if (!atomic.is(true) && !clean.is(true)) {
      yield { at: atomic, message: "a failure leaves some of its objects behind", unless: [clean] };
    }
    const timeout = root.field("timeout");
    // left out, it is five minutes
    if (timeout.present && !((timeout.number ?? 0) >= SHORTEST && (timeout.number ?? 0) <= LONGEST)) {
      yield { at: timeout, message: `a timeout of ${String(timeout.value)} seconds is too short or too long` };
    }
  },
  remediate: ({ key, object }) => {
    const { timeout } = object;
    if (key !== RELEASE || typeof timeout !== "number") return;
    if (timeout < SHORTEST) object["timeout"] = SHORTEST;
    if (timeout > LONGEST) object["timeout"] = LONGEST;
  },
});

const CHECKS: Readonly<Record<string, string>> = {
  disableOpenapiValidation: "manifests are not validated",
  disableWebhooks: "hooks of the chart do not run",
  forceUpdate: "objects that cannot be updated are deleted and created again",
  replace: "a release of that name is overwritten",
};

export const checksKept = resourceRule({
  id: "helm-disable-checks",
  group: "helm",
  title: "No check switched off",
  severity: "medium",
  references: ["Helm upgrade"],
  types: [RELEASE],
  on: ({ key }) => key === RELEASE,
  fix: "remove it, and correct what the check complains about",
  docs: {
    why: "Each of these options hides an error instead of correcting it: invalid manifests are applied, volumes are deleted to change a label, a release of another owner is taken over.",
    pass: release(),
    fail: release({ forceUpdate: true }),
  },
  *check({ root }) {
    for (const [name, consequence] of Object.entries(CHECKS)) {
      const flag = root.field(name);
      if (flag.on) yield { at: flag, message: consequence };
    }
  },
  remediate: ({ key, object }) => {
    if (key !== RELEASE) return;
    for (const name of Object.keys(CHECKS))
      if (object[name] !== undefined && !isUnknown(object[name])) delete object[name];
  },
});

export const namespaceOwned = resourceRule({
  id: "helm-namespace",
  group: "helm",
  title: "Namespace made by the program",
  severity: "medium",
  references: ["CIS 5.6.4"],
  types: [RELEASE],
  on: ({ key }) => key === RELEASE,
  fix: "set namespace to one that the program makes itself, and createNamespace to false",
  docs: {
    why: "A namespace that Helm makes has no labels: no level of Pod Security, no owner, no policies. It is not in the program, so nothing protects it and nothing removes it.",
    pass: release(),
    fail: release({ createNamespace: true }),
  },
  *check(target, settings) {
    const { root } = target;
    const namespace = root.field("namespace");
    if (!namespace.present || namespace.is("") || namespace.is("default")) {
      yield { at: namespace, message: "the release is in no namespace of its own" };
    }
    const create = root.field("createNamespace");
    // in a tenant's own cluster it goes with the cluster, and its labels are the customer's to decide
    if (create.on && !isInsideTenant(target, settings))
      yield { at: create, message: "Helm makes the namespace, without labels and policies" };
  },
});
