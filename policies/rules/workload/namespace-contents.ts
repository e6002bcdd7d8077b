import { object } from "../../engine/library/examples";
import { isTenantNamespace } from "../../engine/layers";
import { stackRule } from "../../engine/rule";
import { DEFAULTS } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import { isolates } from "./network-views";

/** What has to exist in a namespace beside the namespace itself. */

const SYSTEM = /^kube-|^default$/;

const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const tenant = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels: { [DEFAULTS.tenantLabel]: "acme" } },
};
const denyAll = object("networking.k8s.io/v1", "NetworkPolicy", {
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
});

/** Objects of a kind that stand in a namespace. */
function inside(stack: Stack, namespace: Target, ...keys: string[]): Target[] {
  const name = namespace.name.value;
  return name === undefined ? [] : stack.all(...keys).filter((each) => each.namespace.value === name);
}

export const denyByDefault = stackRule({
  id: "namespace-network-policy",
  group: "workload",
  title: "Default-deny NetworkPolicy per namespace",
  severity: "high",
  references: ["CIS 5.3.2", "NSA network separation", "CKV2_K8S_6", "C-0260"],
  types: ["Namespace"],
  fix: "add a NetworkPolicy with an empty podSelector and policyTypes Ingress and Egress",
  docs: {
    why: "Kubernetes lets every pod talk to every other until a policy selects it. A policy that selects all pods reverses that: only what is allowed passes.",
    pass: { resources: [shop, denyAll] },
    fail: { resources: [shop] },
  },
  *check(stack) {
    const everywhere = stack.all("cilium.io/CiliumClusterwideNetworkPolicy");
    for (const namespace of stack.of("core/Namespace")) {
      if (SYSTEM.test(namespace.name.text ?? "")) continue;
      const policies = inside(stack, namespace, "networking.k8s.io/NetworkPolicy", "cilium.io/CiliumNetworkPolicy");
      for (const direction of ["ingress", "egress"] as const) {
        if ([...policies, ...everywhere].some((policy) => isolates(policy, direction))) continue;
        const at = namespace.name.present ? namespace.name : namespace.metadata;
        yield { at, message: `no policy denies ${direction} of all its pods by default`, missing: true };
      }
    }
  },
});

/** What a quota has to bound, each by any of these names. */
const BOUNDS: Readonly<Record<string, readonly string[]>> = {
  cpu: ["cpu", "requests.cpu", "limits.cpu"],
  memory: ["memory", "requests.memory", "limits.memory"],
  pods: ["pods", "count/pods"],
  storage: ["requests.storage", "persistentvolumeclaims", "count/persistentvolumeclaims"],
  "load balancers": ["services.loadbalancers", "count/services.loadbalancers"],
  "node ports": ["services.nodeports", "count/services.nodeports"],
};

const quota = object("v1", "ResourceQuota", {
  spec: {
    hard: {
      "requests.cpu": "8",
      "requests.memory": "16Gi",
      pods: "50",
      "requests.storage": "100Gi",
      "services.loadbalancers": "2",
      "services.nodeports": "0",
    },
  },
});

export const quotaPresent = stackRule({
  id: "namespace-quota",
  group: "workload",
  title: "Quota per tenant namespace",
  severity: "high",
  references: ["MTB PL1-BC-FNS-1", "MTB PL1-BC-FNS-2", "KSV-0040"],
  types: ["Namespace of a tenant"],
  fix: "add a ResourceQuota that bounds cpu, memory, pods, storage, services.loadbalancers and services.nodeports",
  docs: {
    why: "Tenants share machines, addresses and disks. One tenant can use up what has no quota.",
    pass: { resources: [tenant, quota] },
    fail: { resources: [tenant] },
  },
  *check(stack, settings) {
    for (const namespace of stack.of("core/Namespace")) {
      if (!isTenantNamespace(namespace, settings)) continue;
      const quotas = inside(stack, namespace, "core/ResourceQuota").map((each) => each.spec.field("hard"));
      const missing = Object.entries(BOUNDS).flatMap(([what, names]) => {
        return quotas.some((hard) => names.some((name) => hard.field(name).present)) ? [] : [what];
      });
      if (missing.length === 0) continue;
      yield { at: namespace.name, message: `no quota bounds its ${missing.join(", ")}`, missing: true };
    }
  },
});

const limitRange = object("v1", "LimitRange", {
  spec: {
    limits: [{ type: "Container", default: { memory: "256Mi" }, defaultRequest: { cpu: "100m", memory: "64Mi" } }],
  },
});

export const limitRangePresent = stackRule({
  id: "namespace-limit-range",
  group: "workload",
  title: "LimitRange per tenant namespace",
  severity: "medium",
  references: ["KSV-0039", "C-0004"],
  types: ["Namespace of a tenant"],
  fix: "add a LimitRange with default and defaultRequest for Container",
  docs: {
    why: "Under a quota pods without requests are refused; a LimitRange sets defaults for them. Without one a single container may ask for all of the quota.",
    pass: { resources: [tenant, limitRange] },
    fail: { resources: [tenant] },
  },
  *check(stack, settings) {
    for (const namespace of stack.of("core/Namespace")) {
      if (!isTenantNamespace(namespace, settings)) continue;
      const entries = inside(stack, namespace, "core/LimitRange").flatMap((each) => each.spec.field("limits").items());
      const fits = entries.some((entry) => {
        return (
          entry.field("type").is("Container") && entry.field("default").present && entry.field("defaultRequest").present
        );
      });
      if (!fits)
        yield { at: namespace.name, message: "containers get no requests and limits of their own", missing: true };
    }
  },
});
