import { deployment } from "../../engine/library/examples";
import { isTenantNamespace, layerOf } from "../../engine/layers";
import { section } from "../../engine/remediation";
import { objectRule, resourceRule } from "../../engine/rule";

const NAMESPACE = ["core/Namespace"];
const ENFORCE = "pod-security.kubernetes.io/enforce";
const VERSION = "pod-security.kubernetes.io/enforce-version";

const namespace = (labels: object, name = "shop") => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels },
});

const SERVICE_ACCOUNT_NAMESPACES: ReadonlySet<string> = new Set(["kube-system", "kube-public", "kube-node-lease"]);

export const defaultNamespace = resourceRule({
  id: "namespace-default",
  group: "workload",
  title: "Default namespace unused",
  severity: "medium",
  references: ["CIS 5.6.4", "C-0061", "CKV_K8S_21"],
  types: ["all namespaced objects"],
  fix: "set metadata.namespace to a namespace of its own",
  docs: {
    why: "Quotas, policies and rights are given by namespace. The default namespace has none of them; an object without a namespace goes to the one that the provider is set to.",
    pass: deployment(),
    fail: { ...deployment(), metadata: { name: "web", namespace: "default" } },
  },
  on: ({ kubernetes, scope }) => kubernetes && scope !== "cluster",
  *check({ namespace: field, scope, resource, embedded }) {
    if (field.is("default")) yield { at: field, message: "the object is in the default namespace" };
    // of kinds of foreign CRDs it is not known whether they have a namespace at all
    if (field.word !== undefined || field.present || scope !== "namespaced") return;
    if (!embedded && hasNamespace(resource.provider?.props)) return;
    yield { at: field, message: "the object has no namespace" };
  },
});

/** A provider may say a namespace for everything that says none. */
function hasNamespace(props: unknown): boolean {
  if (typeof props !== "object" || props === null || !Object.hasOwn(props, "namespace")) return false;
  const { namespace } = props as { namespace: unknown };
  return typeof namespace === "string" && namespace !== "" && namespace !== "default";
}

export const systemNamespace = resourceRule({
  id: "namespace-system",
  group: "workload",
  title: "Tenant stack stays out of system namespaces",
  severity: "high",
  references: ["KSV-0037"],
  types: ["all namespaced objects outside base and platform stacks"],
  fix: "use a namespace of the workload's own",
  docs: {
    why: "System namespaces run with rights that no other has, and what is added there is trusted by everything.",
    pass: deployment(),
    fail: { ...deployment(), metadata: { name: "web", namespace: "kube-system" } },
  },
  on: ({ kubernetes, scope }) => kubernetes && scope !== "cluster",
  *check({ namespace: field, resource }, { management }) {
    const layer = layerOf(resource);
    if (layer === "base" || layer === "platform") return;
    const { word: text } = field;
    if (text === undefined) return;
    if (SERVICE_ACCOUNT_NAMESPACES.has(text) || management.namespaces.includes(text)) {
      yield { at: field, message: `${text} is a namespace of the system` };
    }
  },
});

export const securityLabels = objectRule({
  id: "namespace-psa-labels",
  group: "workload",
  title: "PSA labels on every namespace",
  severity: "high",
  references: ["CIS 5.2.1", "C-0192", "Pod Security Admission"],
  kinds: NAMESPACE,
  fix: `set the labels ${ENFORCE} and ${VERSION}, the latter to a version`,
  docs: {
    why: "Without the label the API server admits every pod. Without a pinned version an upgrade of the cluster may refuse pods that ran yesterday.",
    pass: namespace({ [ENFORCE]: "restricted", [VERSION]: "v1.34" }),
    fail: namespace({}),
  },
  remediate({ object: root, settings }) {
    const metadata = section(root, "metadata");
    const labels = metadata === undefined ? undefined : section(metadata, "labels");
    if (labels === undefined) return;
    labels[ENFORCE] ??= "restricted";
    const version = labels[VERSION] ?? undefined;
    if (version === undefined || version === "latest") labels[VERSION] = `v1.${settings.policyVersion}`;
  },
  *check({ labels }) {
    const level = labels.field(ENFORCE);
    if (!level.present || level.is("")) yield { at: level, message: "no level of pod security is enforced" };
    const version = labels.field(VERSION);
    if (!version.present || version.is("latest") || version.is("")) {
      yield { at: version, message: "the version of the standard is not pinned" };
    }
  },
});

export const securityLevel = objectRule({
  id: "namespace-psa-level",
  group: "workload",
  title: "Privileged namespaces are listed",
  severity: "critical",
  references: ["kyverno deny-privileged-profile", "Pod Security Admission"],
  kinds: NAMESPACE,
  fix: "enforce baseline or restricted, or list the namespace under `privilegedNamespaces`",
  docs: {
    why: "In a privileged namespace everybody who may create a pod can become root on a node. There should be few of them, only for the platform, and listed by name.",
    pass: namespace({ [ENFORCE]: "restricted", [VERSION]: "v1.34" }),
    fail: namespace({ [ENFORCE]: "privileged", [VERSION]: "v1.34" }),
  },
  *check(target, settings) {
    const level = target.labels.field(ENFORCE);
    if (!level.is("privileged")) return;
    const name = target.name.text ?? target.resource.name;
    const listed = settings.privilegedNamespaces.includes(name);
    if (isTenantNamespace(target, settings)) yield { at: level, message: "pods of a tenant may become root on a node" };
    else if (!listed) yield { at: level, message: "pods here may become root on a node", unless: [target.name] };
  },
});
