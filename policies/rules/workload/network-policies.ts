import { object } from "../../engine/library/examples";
import { objectRule } from "../../engine/rule";
import { allowsEverything, isCilium, selectsAllPods, specsOf } from "./network-views";

const policy = (ingress: object[]) =>
  object("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, policyTypes: ["Ingress"], ingress } });

export const allowAll = objectRule({
  id: "netpol-allow-all",
  group: "workload",
  title: "No allow-all policy",
  severity: "high",
  references: ["C-0054", "KSV-0038"],
  kinds: [
    "networking.k8s.io/NetworkPolicy",
    "cilium.io/CiliumNetworkPolicy",
    "cilium.io/CiliumClusterwideNetworkPolicy",
  ],
  fix: "name the peers and ports that are needed",
  docs: {
    why: "Policies are additive: one that allows all traffic to all pods makes the others in its namespace useless.",
    pass: policy([{ from: [{ podSelector: {} }] }]),
    fail: policy([{}]),
  },
  *check(target) {
    for (const spec of specsOf(target)) {
      if (!selectsAllPods(target, spec)) continue;
      for (const direction of ["ingress", "egress"] as const) {
        for (const rule of spec.field(direction).items()) {
          if (!allowsEverything(target, rule, direction)) continue;
          const selector = spec.field(isCilium(target) ? "endpointSelector" : "podSelector");
          yield { at: rule, message: `the rule allows all ${direction} of all pods`, unless: [selector] };
        }
      }
    }
  },
});
