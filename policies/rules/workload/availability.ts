import { runsPods } from "../../engine/pod-templates";
import { container, deployment, object, podSpec } from "../../engine/library/examples";
import { kindKey, parseApiVersion } from "../../engine/kinds";
import { podSpecIn } from "../../engine/library/pod-remediation";
import { podsOf } from "../../engine/pods";
import { objectRule } from "../../engine/rule";
import { sameValue } from "../../engine/values";
import type { View } from "../../engine/view";
import { fewestReplicas } from "./autoscaling";

/** Whether a workload survives a restart, a node, a rollout. */

const SERVING = ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"];
const REPLICATED = ["apps/Deployment", "apps/StatefulSet"];

export const readiness = objectRule({
  id: "probe-readiness",
  group: "workload",
  title: "Readiness probe",
  severity: "medium",
  references: ["CKV_K8S_9", "C-0018"],
  kinds: SERVING,
  fix: "add a readinessProbe that succeeds when the program can answer",
  docs: {
    why: "Without one a pod gets requests as soon as its process exists, and a rollout goes on while the new version still fails to start.",
    pass: deployment(),
    fail: deployment({ containers: [container({ readinessProbe: undefined })] }),
  },
  *check(target) {
    for (const { view } of podsOf(target).flatMap((pod) => pod.mainContainers)) {
      const probe = view.field("readinessProbe");
      if (saysNothing(probe)) yield { at: probe, message: "no probe shows when the container can answer" };
    }
  },
});

/** Whether a probe is absent, or as good as that. */
function saysNothing(probe: View): boolean {
  return probe.entries().length === 0;
}

export const liveness = objectRule({
  id: "probe-liveness",
  group: "workload",
  title: "Liveness probe",
  severity: "low",
  references: ["CKV_K8S_8", "C-0056"],
  kinds: SERVING,
  fix: "add a livenessProbe that is slower to give up than the readinessProbe",
  docs: {
    why: "A program that hangs is restarted only if it has a liveness probe. One that equals the readiness probe also restarts a program that is only busy.",
    pass: deployment(),
    fail: deployment({ containers: [container({ livenessProbe: undefined })] }),
  },
  *check(target) {
    for (const { view } of podsOf(target).flatMap((pod) => pod.mainContainers)) {
      const probe = view.field("livenessProbe");
      if (saysNothing(probe)) {
        yield { at: probe, message: "no probe detects that the container hangs" };
        continue;
      }
      const readinessProbe = view.field("readinessProbe");
      if (readinessProbe.present && sameValue(probe.value, readinessProbe.value)) {
        yield { at: probe, message: "the same probe decides on requests and on restarts" };
      }
    }
  },
});

const CRITICAL = /^(?:critical|platform)$/i;

/** Label that calls a workload critical: its value, or its key with the value true. */
function criticalLabel(labels: View): boolean {
  return labels.entries().some(([name, value]) => {
    const { text } = value;
    if (text === undefined) return false;
    return CRITICAL.test(text) || (text === "true" && CRITICAL.test(name.split("/").at(-1) ?? ""));
  });
}

const labelled = (replicas: number | undefined) => ({
  ...deployment({}, { replicas }),
  metadata: { name: "web", namespace: "shop", labels: { tier: "critical" } },
});

export const replicas = objectRule({
  id: "replicas-min",
  group: "workload",
  title: "At least two replicas",
  severity: "medium",
  references: ["kube-linter minimum-replicas", "polaris deploymentMissingReplicas"],
  kinds: REPLICATED,
  fix: "set replicas to 2 or more, also as the start value of a HorizontalPodAutoscaler",
  docs: {
    why: "A single replica is unavailable while its node drains, its image is pulled or its volume moves. Workloads with the label critical or platform must stay available.",
    pass: labelled(2),
    fail: labelled(1),
  },
  *check(target) {
    const { labels, spec } = target;
    if (!criticalLabel(labels) && !podsOf(target).some((pod) => criticalLabel(pod.metadata.field("labels")))) return;
    const field = spec.field("replicas");
    if ((field.number ?? 0) >= 2) return;
    // what an autoscaler keeps up counts as well
    const fewest = fewestReplicas(target.neighbours, target);
    if ((fewest.number ?? 0) >= 2) return;
    yield { at: field, message: "a critical workload has one replica", unless: [fewest] };
  },
});

export const nakedPod = objectRule({
  id: "pod-naked",
  group: "workload",
  title: "No bare Pod",
  severity: "medium",
  references: ["C-0073", "polaris nakedPod"],
  kinds: ["core/Pod"],
  fix: "use a Deployment, a Job or another controller",
  docs: {
    why: "A bare Pod is not started again after its node has failed.",
    pass: deployment(),
    fail: object("v1", "Pod", { spec: podSpec() }),
  },
  *check({ root, metadata }) {
    const owners = metadata.field("ownerReferences").items();
    if (!owners.some(isController)) {
      yield { at: root.field("kind"), message: "no controller starts this pod again when its node fails" };
    }
  },
});

/** Whether an owner starts its pods again: it says so, or it is of a kind that does. */
function isController(owner: View): boolean {
  const said = owner.field("controller");
  if (said.present) return said.is(true);
  const { group } = parseApiVersion(owner.field("apiVersion").text ?? "");
  const key = kindKey({ group, kind: owner.field("kind").text ?? "" });
  return runsPods(key) && key !== "core/Pod";
}

export const ephemeralContainers = objectRule({
  id: "pod-ephemeral-containers",
  group: "workload",
  title: "No debug container in code",
  severity: "medium",
  references: ["kyverno block-ephemeral-containers"],
  kinds: ["core/Pod", "core/PodTemplate", ...SERVING, "apps/ReplicaSet", "batch/Job", "batch/CronJob"],
  fix: "remove ephemeralContainers; debug with kubectl debug and an audit trail",
  docs: {
    why: "An ephemeral container gives a shell in a running pod. It belongs in an audited session, not in a program.",
    pass: object("v1", "Pod", { spec: podSpec() }),
    fail: object("v1", "Pod", { spec: podSpec({ ephemeralContainers: [container({ name: "debug" })] }) }),
  },
  remediate(remediation) {
    const spec = podSpecIn(remediation);
    if (spec !== undefined) delete spec["ephemeralContainers"];
  },
  *check(target) {
    for (const { spec } of podsOf(target)) {
      const field = spec.field("ephemeralContainers");
      if (field.present) yield { at: field, message: "a debug container is part of the code" };
    }
  },
});
