import { container, deployment } from "../../engine/library/examples";
import type { ContainerView, PodView } from "../../engine/pods";
import { parseQuantity, quantityOf } from "../../engine/library/quantities";
import { podRule, type Violation } from "../../engine/rule";
import type { View } from "../../engine/view";

/** What a pod asks for and what it may take. */

function withResources(resources: object | undefined): object {
  return deployment({ containers: [container({ resources })] });
}

function amount(container: ContainerView, list: "requests" | "limits", name: string): View {
  return container.view.at("resources", list, name);
}

/** Since v1.34 a pod may state its resources as a whole. */
function ofPod({ spec }: PodView, list: "requests" | "limits", name: string): View {
  return spec.at("resources", list, name);
}

/** Whether an amount is there and is one; `x` bounds nothing. */
function stated(view: View): boolean {
  return quantityOf(view) !== undefined;
}

export const requests = podRule({
  id: "resources-requests",
  group: "workload",
  title: "CPU and memory requests",
  severity: "medium",
  references: ["C-0268", "C-0269", "NSA resource policies", "CKV_K8S_10", "CKV_K8S_12"],
  fix: "set resources.requests to what the program needs when it is busy",
  docs: {
    why: "The scheduler places pods by what they request. One without requests can be placed on a full node, and is evicted first.",
    pass: withResources({ requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } }),
    fail: withResources({ requests: { cpu: "100m" } }),
  },
  *check(pod) {
    for (const each of pod.mainContainers) {
      for (const name of ["cpu", "memory"]) {
        const request = amount(each, "requests", name);
        // a limit alone is taken for the request as well
        const limit = amount(each, "limits", name);
        const ofAll = [ofPod(pod, "requests", name), ofPod(pod, "limits", name)];
        if (stated(request) || (!request.present && [limit, ...ofAll].some(stated))) continue;
        yield { at: request, message: `no request of ${name} is set`, unless: [limit, ...ofAll] };
      }
    }
  },
});

export const limits = podRule({
  id: "resources-limits",
  group: "workload",
  title: "Memory limit",
  severity: "medium",
  references: ["C-0271", "CKV_K8S_13"],
  fix: "set resources.limits.memory to at least the request",
  docs: {
    why: "A container without a limit can take all memory of its node; then the kernel ends other processes, the kubelet among them.",
    pass: withResources({ requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } }),
    fail: withResources({ requests: { cpu: "100m", memory: "64Mi" } }),
  },
  *check(pod) {
    for (const each of pod.containers) {
      if (each.list === "ephemeralContainers") continue;
      const limit = amount(each, "limits", "memory");
      if (!limit.present) {
        const ofAll = ofPod(pod, "limits", "memory");
        if (stated(ofAll)) continue;
        yield { at: limit, message: "no memory limit is set", unless: [ofAll] };
        continue;
      }
      const bound = quantityOf(limit);
      const request = parseQuantity(amount(each, "requests", "memory").value);
      if (bound === undefined) yield { at: limit, message: "the limit is not a quantity like 128Mi" };
      else if (request !== undefined && bound < request) yield { at: limit, message: "the limit is below the request" };
    }
  },
});

export const limitsCpu = podRule({
  id: "resources-limits-cpu",
  group: "workload",
  title: "CPU limit",
  severity: "low",
  references: ["C-0270", "CKV_K8S_11"],
  fix: "set resources.limits.cpu where fairness matters more than speed",
  docs: {
    why: "Where tenants share nodes a CPU limit keeps one from slowing the others. It also throttles a program that could have used idle cores: hence only advice.",
    pass: withResources({ requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } }),
    fail: withResources({ requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } }),
  },
  *check(pod) {
    for (const each of pod.mainContainers) {
      const limit = amount(each, "limits", "cpu");
      const ofAll = ofPod(pod, "limits", "cpu");
      if (stated(limit) || (!limit.present && stated(ofAll))) continue;
      yield { at: limit, message: "no CPU limit is set", unless: [ofAll] };
    }
  },
});

export const ephemeral = podRule({
  id: "resources-ephemeral",
  group: "workload",
  title: "Ephemeral storage bounded",
  severity: "low",
  references: ["gatekeeper k8scontainerephemeralstoragelimit"],
  fix: "set request and limit of ephemeral-storage, and sizeLimit of every emptyDir",
  docs: {
    why: "Logs, layers and emptyDirs share the disk of the node. When it is full the kubelet evicts pods until it is not.",
    pass: withResources({
      requests: { cpu: "1", memory: "64Mi", "ephemeral-storage": "1Gi" },
      limits: { memory: "64Mi", "ephemeral-storage": "2Gi" },
    }),
    fail: withResources({ requests: { cpu: "1", memory: "64Mi" }, limits: { memory: "64Mi" } }),
  },
  *check(pod) {
    for (const each of pod.containers) {
      if (each.list === "ephemeralContainers") continue;
      yield* unbounded(amount(each, "limits", "ephemeral-storage"), amount(each, "requests", "ephemeral-storage"));
    }
    for (const volume of pod.spec.field("volumes").items()) {
      const emptyDir = volume.field("emptyDir");
      if (!emptyDir.present || stated(emptyDir.field("sizeLimit"))) continue;
      yield { at: emptyDir.field("sizeLimit"), message: "the emptyDir may fill the disk of the node" };
    }
  },
});

function* unbounded(limit: View, request: View): Generator<Violation> {
  const message = "its files may fill the disk of the node";
  if (!stated(limit)) yield { at: limit, message };
  // a limit alone is taken for the request as well
  else if (request.present && parseQuantity(request.value) === undefined) yield { at: request, message };
}
