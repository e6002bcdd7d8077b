import { parameters } from "../../engine/parameters";
import { machineRule } from "../../engine/rule";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { domain, virtualMachine } from "./examples";
import { grantOf } from "./grants";
import { instancePart } from "./remediation";

/** Machines that are nodes of a cluster: their infrastructure provider drains them. */
function isClusterMachine({ key }: Pick<Target, "key">): boolean {
  return key.startsWith("infrastructure.cluster.x-k8s.io/");
}

const EVICTION = parameters("vm-eviction-strategy", (z) => ({
  inherited: z.string().describe("evictionStrategy of the KubeVirt object, which counts where the machine has none."),
}));

export const evictionStrategy = machineRule({
  id: "vm-eviction-strategy",
  group: "kubevirt",
  title: "Eviction strategy set",
  severity: "medium",
  references: ["KubeVirt evictionStrategy"],
  fix: "set evictionStrategy to LiveMigrate, or to External for machines of Cluster API",
  params: EVICTION,
  docs: {
    why: "Without a strategy the drain of a node ends the machine as it would any pod. LiveMigrate moves it first; External leaves a node of a cluster to Cluster API, which drains the guest first.",
    pass: virtualMachine({ evictionStrategy: "LiveMigrate" }),
    fail: virtualMachine({ evictionStrategy: "None" }),
  },
  *check({ target, spec }, settings) {
    const strategy = spec.field("evictionStrategy");
    const value = strategy.text;
    if (value === "LiveMigrate" || value === "LiveMigrateIfPossible") return;
    if (value === "External" && isClusterMachine(target)) return;
    // the strategy of the KubeVirt object counts where the machine has none
    const { inherited } = EVICTION.of(settings);
    if (value === undefined && inherited !== undefined && inherited !== "None") return;
    const message =
      value === "External"
        ? "no controller outside of KubeVirt migrates this machine"
        : "the drain of its node ends the machine";
    yield { at: strategy, message };
  },
  remediate: (remediation) => {
    const part = instancePart(remediation);
    if (part === undefined) return;
    const spec = instancePart(remediation, "spec");
    if (spec === undefined) return;
    const cluster = isClusterMachine(remediation);
    const present = spec["evictionStrategy"];
    const fine = ["LiveMigrate", "LiveMigrateIfPossible", ...(cluster ? ["External"] : [])];
    if (
      present === undefined ||
      present === null ||
      (typeof present === "string" && STRATEGIES.has(present) && !fine.includes(present))
    ) {
      spec["evictionStrategy"] = cluster ? "External" : "LiveMigrate";
    }
  },
});

/** What KubeVirt knows; anything else, a value that is not known yet among them, is left alone. */
const STRATEGIES: ReadonlySet<string> = new Set(["None", "External", ""]);

export const resources = machineRule({
  id: "vm-resources",
  group: "kubevirt",
  title: "VM sized",
  severity: "medium",
  references: ["MTB PL1-BC-FNS-1"],
  fix: "name an instancetype, or set domain.memory.guest and domain.cpu",
  docs: {
    why: "Quota and scheduler count what a machine asks for. One without these gets one core and no guaranteed memory; one that leaves out its overhead uses memory of other pods.",
    pass: virtualMachine({ domain: domain({ cpu: { cores: 2 }, memory: { guest: "4Gi" } }) }),
    fail: virtualMachine({ domain: domain({ memory: {} }) }),
  },
  *check(machine, settings) {
    const { spec } = machine;
    const instancetype = machine.machine?.field("instancetype");
    if (instancetype?.present !== true) {
      const unless = instancetype === undefined ? [] : [instancetype];
      const guest = spec.at("domain", "memory", "guest");
      const cpu = spec.at("domain", "cpu");
      const given = (...names: string[]) =>
        ["requests", "limits"].map((list) => spec.at("domain", "resources", list, ...names));
      const memory = [guest, ...given("memory")];
      const cores = [...["cores", "sockets", "threads"].map((name) => cpu.field(name)), ...given("cpu")];
      if (!memory.some(isSet))
        yield { at: guest, message: "the memory of the guest is not set", unless: [...unless, ...memory] };
      if (!cores.some(isSet))
        yield { at: cpu, message: "the cores of the guest are not set", unless: [...unless, ...cores] };
    }
    const hidden = spec.at("domain", "resources", "overcommitGuestOverhead");
    if (hidden.on && settings.tier !== "development") {
      yield { at: hidden, message: "the memory that the machine takes beside its guest is left out of its request" };
    }
    const pinned = spec.at("domain", "cpu", "dedicatedCpuPlacement");
    if (pinned.on) {
      const { grant, unless } = grantOf(machine, settings);
      if (grant.devices.includes("dedicatedCpuPlacement")) return;
      yield {
        at: pinned,
        message: "cores of its own were not granted to the namespace (dedicatedCpuPlacement)",
        unless,
      };
    }
  },
});

function isSet(view: View): boolean {
  return view.present && !view.is("") && !view.is(0);
}

const CONTROL_PLANE = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

export const nodePinning = machineRule({
  id: "vm-node-pinning",
  group: "kubevirt",
  title: "Guests stay off the control plane",
  severity: "medium",
  references: ["NSA Kubernetes hardening"],
  fix: "remove the selector, affinity or toleration that leads to control-plane nodes",
  docs: {
    why: "Control-plane nodes run etcd and the API server of all tenants. A guest that breaks out there, or only uses all of the processor, stops the whole cloud.",
    pass: virtualMachine({ nodeSelector: { "node.example/pool": "machines" } }),
    fail: virtualMachine({ tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }),
  },
  *check({ spec }) {
    for (const role of CONTROL_PLANE) {
      const selected = spec.field("nodeSelector").field(role);
      if (selected.present) yield { at: selected, message: "the machine asks for a control-plane node" };
    }
    for (const toleration of spec.field("tolerations").items()) {
      const key = toleration.field("key");
      const everything = (!key.present || key.is("")) && toleration.field("operator").is("Exists");
      if (everything || CONTROL_PLANE.includes(key.text ?? "")) {
        yield { at: toleration, message: "the machine may run on control-plane nodes", unless: [key] };
      }
    }
    for (const expression of nodeExpressions(spec)) {
      const operator = expression.field("operator").text ?? "";
      if (!CONTROL_PLANE.includes(expression.field("key").text ?? "") || !["In", "Exists"].includes(operator)) continue;
      yield { at: expression, message: "the machine asks for a control-plane node" };
    }
  },
});

function nodeExpressions(spec: View): View[] {
  const affinity = spec.at("affinity", "nodeAffinity");
  const required = affinity.field("requiredDuringSchedulingIgnoredDuringExecution").field("nodeSelectorTerms").items();
  const preferred = affinity
    .field("preferredDuringSchedulingIgnoredDuringExecution")
    .items()
    .map((each) => each.field("preference"));
  return [...required, ...preferred].flatMap((term) => term.field("matchExpressions").items());
}
