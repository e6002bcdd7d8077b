import type { MachineView } from "../../engine/machines";
import { quantityOf } from "../../engine/library/quantities";
import { within } from "../../engine/library/tenants";
import { stackRule, type Violation } from "../../engine/rule";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { acmes } from "./examples";
import {
  DEPLOYMENT,
  kubeletLabels,
  largestOf,
  machineTemplateOf,
  MAX_SIZE,
  MIN_SIZE,
  pairs,
  registrationOf,
  surgeOf,
} from "./node-pool";
import { machineTemplate, nodeConfig, pool } from "./node-pool-examples";

/** Whether pools of machines can grow to what they are meant to be. */

const CAPACITY = "capacity.cluster-autoscaler.kubernetes.io";

const fromNone = (annotations: object) =>
  pool({ replicas: undefined }, { [MIN_SIZE]: "0", [MAX_SIZE]: "6", ...annotations });

const PURPOSE = "example.com/purpose=burst";

export const autoscalerCapacity = stackRule({
  id: "capi-autoscaler-capacity",
  group: "tenancy",
  title: "Pools can grow from none",
  severity: "medium",
  references: ["kubernetes/autoscaler#530", "kubernetes-sigs/cluster-api#11961"],
  types: [DEPLOYMENT, "bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate"],
  fix: `annotate ${CAPACITY}/cpu and /memory, and /labels (a=1,b=2) and /taints (key=value:Effect) as its nodes will have them`,
  docs: {
    why: "Of a pool without machines the autoscaler knows what annotations say. Without capacity it never makes the first machine; without the pool's labels not for pods that ask for them; without its taints it makes one for pods that may not run there.",
    pass: {
      resources: [
        fromNone({ [`${CAPACITY}/cpu`]: "4", [`${CAPACITY}/memory`]: "15Gi", [`${CAPACITY}/labels`]: PURPOSE }),
        nodeConfig({ labels: PURPOSE }),
      ],
    },
    fail: {
      resources: [
        fromNone({ [`${CAPACITY}/cpu`]: "4", [`${CAPACITY}/memory`]: "15Gi" }),
        nodeConfig({ labels: PURPOSE }),
      ],
    },
  },
  *check(stack) {
    for (const deployment of stack.of(DEPLOYMENT)) {
      const { annotations } = deployment;
      if (String(annotations.field(MIN_SIZE).value) !== "0") continue;
      yield* unknownSize(deployment);
      const registration = registrationOf(deployment, stack);
      if (registration === undefined) continue;
      const labels = annotations.field(`${CAPACITY}/labels`);
      const known = new Map(pairs(labels.text));
      for (const { name, value } of kubeletLabels(registration)) {
        if (known.get(name) === value) continue;
        yield { at: labels, message: `label ${name} of its nodes is not among them` };
      }
      const taints = annotations.field(`${CAPACITY}/taints`);
      const listed = (taints.text ?? "").split(",").map((each) => each.trim().replace("=:", ":"));
      for (const text of registration.field("taints").items().map(taintText)) {
        if (!listed.includes(text)) yield { at: taints, message: `taint ${text} of its nodes is not among them` };
      }
    }
  },
});

/** Other infrastructure may say in the status of its templates what a machine is; KubeVirt's does not. */
function* unknownSize({ annotations, spec }: Target): Generator<Violation> {
  const infrastructure = spec.at("template", "spec", "infrastructureRef", "kind");
  if (!infrastructure.is("KubevirtMachineTemplate")) return;
  for (const name of ["cpu", "memory"]) {
    const at = annotations.field(`${CAPACITY}/${name}`);
    if (!at.present) yield { at, message: `nothing says how much ${name} a machine of it has` };
  }
}

function taintText(taint: View): string {
  const value = taint.field("value").text ?? "";
  return `${taint.field("key").text ?? ""}${value === "" ? "" : `=${value}`}:${taint.field("effect").text ?? ""}`;
}

const quota = (hard: object) => acmes("v1", "ResourceQuota", { spec: { hard } }, { name: "acme" });

const LARGE = { cpu: "4", memory: "16Gi" };

export const quotaRolling = stackRule({
  id: "capi-quota-rolling",
  group: "tenancy",
  title: "Quota has room for a roll",
  severity: "medium",
  references: ["Cluster API rollout"],
  types: [DEPLOYMENT, "infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate", "core/ResourceQuota"],
  fix: "raise the quota, or lower the pools: all machines at their largest, and those that each pool adds while it rolls",
  docs: {
    why: "A new version rolls all pools at once, and each adds a machine before it takes one away. Where the quota has no room for them the roll stops half-way, with machines of both versions.",
    pass: { resources: [pool(), machineTemplate({ limits: LARGE }), quota({ "limits.memory": "48Gi" })] },
    fail: { resources: [pool(), machineTemplate({ limits: LARGE }), quota({ "limits.memory": "32Gi" })] },
  },
  *check(stack) {
    for (const target of stack.of("core/ResourceQuota")) {
      const hard = target.spec.field("hard");
      const pools = within(stack, target.namespace.text, DEPLOYMENT).found;
      if (pools.length === 0) continue;
      for (const [name, at] of hard.entries()) {
        const [list, resource] = wayOf(name);
        const most = quantityOf(at);
        if (most === undefined || resource === undefined) continue;
        const needed = pools.reduce((sum, each) => sum + demandOf(each, stack, list, resource), 0);
        if (needed > most)
          yield { at, message: `pools take ${amount(needed, resource)} while they roll, without their control plane` };
      }
    }
  },
});

type Resource = "cpu" | "memory" | "storage";

/** `limits.cpu` → limits, cpu; `memory` is short for requests; of volumes there is `requests.storage` alone. */
function wayOf(name: string): [list: "limits" | "requests", resource: Resource | undefined] {
  if (name === "requests.storage") return ["requests", "storage"];
  const match = /^(?:(limits|requests)\.)?(cpu|memory)$/.exec(name);
  return [match?.[1] === "limits" ? "limits" : "requests", match?.[2] as "cpu" | "memory" | undefined];
}

/** What the machines of a pool take at least: what their template writes down, without what KubeVirt and CDI add. */
function demandOf(deployment: Target, stack: Stack, list: string, resource: Resource): number {
  const machine = machineTemplateOf(deployment, stack);
  if (machine === undefined) return 0;
  const each =
    resource === "storage" ? disksOf(machine) : quantityOf(machine.spec.at("domain", "resources", list, resource));
  const most = largestOf(deployment) ?? 0;
  return each === undefined || most === 0 ? 0 : (most + surgeOf(deployment, most)) * each;
}

/** The volumes that are made for every machine. */
function disksOf({ machine }: MachineView): number {
  const templates = machine?.field("dataVolumeTemplates").items() ?? [];
  const requests = templates.flatMap((template) =>
    ["storage", "pvc"].map((api) => template.at("spec", api, "resources", "requests", "storage")),
  );
  return requests.reduce((sum, each) => sum + (quantityOf(each) ?? 0), 0);
}

function amount(needed: number, resource: Resource): string {
  if (resource === "cpu") return `${needed} cores`;
  return `${Math.ceil(needed / 2 ** 30)}Gi of ${resource === "memory" ? "memory" : "disks"}`;
}
