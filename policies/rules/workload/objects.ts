import { container, deployment, object } from "../../engine/library/examples";
import { isTenants, layerOf } from "../../engine/layers";
import { containerRule, objectRule, resourceRule } from "../../engine/rule";
import { NEWEST_POLICY_VERSION } from "../../engine/settings";
import type { View } from "../../engine/view";
import { retirementOf } from "./deprecated-apis";

/** What concerns objects of any kind, and a few kinds with one rule each. */

export const deprecatedApi = resourceRule({
  id: "api-deprecated",
  group: "workload",
  title: "API served by the target version",
  severity: "medium",
  references: ["kube-score stable-version", "pluto"],
  types: ["all objects of Kubernetes itself"],
  fix: "use the version named",
  docs: {
    why: "An object of an API that the cluster no longer serves is refused; after an upgrade it can neither be read nor deleted by the program that made it.",
    pass: object("batch/v1", "CronJob", { spec: {} }),
    fail: object("batch/v1beta1", "CronJob", { spec: {} }),
  },
  on: ({ kubernetes }) => kubernetes,
  *check({ root, group, version, kind }, { kubernetes }) {
    const retirement = retirementOf(group, version, kind);
    const minor = kubernetes ?? NEWEST_POLICY_VERSION;
    if (retirement === undefined || minor < retirement.deprecated) return;
    const { removed, deprecated, instead } = retirement;
    const stated = root.field("apiVersion");
    const at = stated.present ? stated : root;
    const name = `${group === "core" ? "" : `${group}/`}${version} ${kind}`;
    const gone = minor >= removed;
    const fate = gone
      ? `is gone since v1.${removed}`
      : `is deprecated since v1.${deprecated}${removed < 99 ? ` and goes with v1.${removed}` : ""}`;
    // what is served for now is worth a warning only
    yield { at, message: `${name} ${fate}; use ${instead}`, ...(gone ? {} : { severity: "low" }) };
  },
});

export const duplicateEnv = containerRule({
  id: "env-duplicate",
  group: "workload",
  title: "No duplicate env",
  severity: "low",
  references: ["C-0295"],
  fix: "remove one of the two",
  docs: {
    why: "Of two variables of one name the last wins today; with server-side apply the API server refuses or merges them.",
    pass: deployment({ containers: [container({ env: [{ name: "MODE", value: "a" }] })] }),
    fail: deployment({
      containers: [
        container({
          env: [
            { name: "MODE", value: "a" },
            { name: "MODE", value: "b" },
          ],
        }),
      ],
    }),
  },
  *check({ view }) {
    const seen = new Set<string>();
    for (const entry of view.field("env").items()) {
      const name = entry.field("name");
      const { text } = name;
      if (text === undefined) continue;
      if (seen.has(text)) yield { at: name, message: `${text} is set twice` };
      seen.add(text);
    }
  },
});

const MAX_WEBHOOK_SECONDS = 10;
const SYSTEM_NAMESPACE = "kube-system";
const NAME_LABEL = "kubernetes.io/metadata.name";

const webhook = (changes: object) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "guard" },
  webhooks: [
    {
      name: "guard.example.com",
      failurePolicy: "Fail",
      timeoutSeconds: 5,
      namespaceSelector: { matchExpressions: [{ key: NAME_LABEL, operator: "NotIn", values: [SYSTEM_NAMESPACE] }] },
      ...changes,
    },
  ],
});

export const failClosed = objectRule({
  id: "webhook-fail-closed",
  group: "workload",
  title: "Webhook fails closed and cannot deadlock",
  severity: "medium",
  references: ["CIS 5.5.1", "NSA authorization"],
  kinds: [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  ],
  fix: "set failurePolicy: Fail, timeoutSeconds up to 10 and a namespaceSelector that leaves kube-system out",
  docs: {
    why: "A webhook that admits everything while it is down protects nothing. One that also checks kube-system can keep the cluster from starting the pods that it needs to recover.",
    pass: webhook({}),
    fail: webhook({ failurePolicy: "Ignore" }),
  },
  *check({ root }) {
    for (const each of root.field("webhooks").items()) {
      const policy = each.field("failurePolicy");
      // the default of v1 is Fail
      if (policy.present && !policy.is("Fail"))
        yield { at: policy, message: "everything is admitted while the webhook is down" };
      const timeout = each.field("timeoutSeconds");
      // 10 seconds where nothing is said
      if ((timeout.number ?? 0) > MAX_WEBHOOK_SECONDS) yield { at: timeout, message: "each request may wait too long" };
      const selector = each.field("namespaceSelector");
      if (!selectorSpares(selector))
        yield { at: selector, message: "while it is down kube-system cannot recover", missing: true };
    }
  },
});

/** Whether a selector of namespaces leaves kube-system out: by name, or because it asks for some label. */
function selectorSpares(selector: View): boolean {
  if (selector.field("matchLabels").entries().length > 0) return true;
  return selector
    .field("matchExpressions")
    .items()
    .some((expression) => {
      const operator = expression.field("operator").text;
      // asks for, or against, a label that somebody has to set: kube-system is dealt with by it
      if (operator === "Exists" || operator === "In" || operator === "DoesNotExist") return true;
      return operator === "NotIn" && expression.field("values").texts().includes(SYSTEM_NAMESPACE);
    });
}

const volume = (source: object) => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "data" },
  spec: { capacity: { storage: "1Gi" }, ...source },
});

export const volumeHostPath = objectRule({
  id: "pv-host-path",
  group: "workload",
  title: "No hostPath PersistentVolume",
  severity: "high",
  references: ["MTB PL1-BC-HI-1", "kyverno limit-hostpath-type-pv"],
  kinds: ["core/PersistentVolume"],
  fix: "use a storage class",
  docs: {
    why: "A claim on such a volume mounts files of a node into a pod that may have no hostPath.",
    pass: volume({ csi: { driver: "linstor.csi.linbit.com", volumeHandle: "data" } }),
    fail: volume({ hostPath: { path: "/srv" } }),
  },
  *check(target, settings) {
    // the storage of the platform may be made of local disks; a tenant's never
    const storage = layerOf(target.resource) === "platform" && !isTenants(target, settings);
    for (const name of storage ? ["hostPath"] : ["hostPath", "local"]) {
      const source = target.spec.field(name);
      if (source.present) yield { at: source, message: "a claim on it mounts files of a node" };
    }
  },
});
