/**
 * How a rule is written
 * =====================
 *
 * A rule is one exported constant, made by the function that says what it looks at:
 *
 *     export const externalIps = objectRule({
 *       id: "svc-external-ips",                  // exactly as in the list of rules; never renamed
 *       group: "workload",
 *       title: "No external IPs",                // what must hold, a few words
 *       severity: "critical",                    // critical and high block; medium blocks in production; low advises
 *       references: ["CVE-2020-8554", "CIS 1.2.3"],
 *       kinds: ["core/Service"],                 // <group>/<Kind>, any version; Patch twins, Lists … included
 *       fix: "remove spec.externalIPs or …",     // the second half of every message
 *       docs: { why: "…", pass: service({…}), fail: service({…}) },   // both are run as tests
 *       *check(service, settings) {
 *         const addresses = service.spec.field("externalIPs");
 *         for (const address of addresses.items()) yield { at: address, message: "…" };
 *       },
 *     });
 *
 * | function       | `check` gets                  | called                                                      |
 * |----------------|-------------------------------|-------------------------------------------------------------|
 * | `podRule`      | PodView                       | once for each pod that an object of any kind describes      |
 * | `containerRule`| ContainerView, PodView        | once for each container of every list                       |
 * | `machineRule`  | MachineView                   | once for each virtual machine, bare or inside templates     |
 * | `objectRule`   | Target of one of `kinds`     | once for each such Kubernetes object                        |
 * | `resourceRule` | Target that `on` accepts     | for anything: providers, releases, Talos, every kind        |
 * | `stackRule`    | Stack                         | once, with everything in the stack                          |
 *
 * `on` of a resourceRule may look only at `type`, `key`, `group`, `kind`, `kubernetes` and `scope` of the target: its
 * answer is remembered per type. Everything else belongs into `check`.
 *
 * Reading values. Only through views (view.ts). What is not known in a preview, or malformed, yields nothing and is
 * noted: the engine turns each note into an `undecided` finding. Two duties follow for the author of a rule:
 *
 *  - yield the violation *at the value that is wrong or missing*. When that view is unreadable the engine drops the
 *    violation, because the note already says "cannot be decided yet". So `if (!flag.is(true)) yield { at: flag, … }`
 *    is right although an unknown flag is not true.
 *  - when something else could have saved the value (a default at pod level, a label), name it in `unless`: if one of
 *    those views is unreadable the violation is dropped as well. Read such views only when they matter.
 *  - when the fault is that a search found nothing (no budget selects the pods), say `missing: true`: it is dropped
 *    when anything the rule has looked at could not be read.
 *
 * Never read `resource.props` directly, never recurse over values (use `leaves` of walk.ts), never throw on purpose.
 * Expensive readings that several rules share: `target.memo(compute)`.
 *
 * `remediate` (optional) gets a deep copy of the inputs and changes it in place; it must make `check` pass and must be
 * harmless to a value that passes already. It runs only where the level of the rule is set to `remediate`.
 *
 * Every rule goes into the list of its group (e.g. workload/index.ts), and thereby into rules.ts.
 */
import { machinesOf, type MachineView } from "./machines";
import { podsOf, type ContainerView, type PodView } from "./pods";
import type { Parameters } from "./parameters";
import type { Settings } from "./settings";
import type { Stack } from "./stack";
import type { Target } from "./target";
import type { View } from "./view";

export type Severity = "critical" | "high" | "medium" | "low";

/** The folder in rules/ that a rule stands in. Pods, RBAC, networks and namespaces are all `workload`. */
export type Group = "workload" | "helm" | "tenancy" | "kubevirt" | "talos" | "storage" | "pulumi";

/** Whether one resource is enough to evaluate, or all of the stack are needed. */
export type RuleScope = "resource" | "stack";

export interface Violation {
  /** The value that is wrong, or where the missing one belongs. */
  readonly at: View;
  /** What is wrong with it, starting in lower case: "hostNetwork opens the node's network to the pod". */
  readonly message: string;
  /** Where it weighs more or less than the rule does. */
  readonly severity?: Severity;
  /** Values that would excuse it, if only they were known. */
  readonly unless?: readonly View[];
  /** True when the fault is that something was not found: it is left undecided when anything looked at is unreadable. */
  readonly missing?: boolean;
}

/** Resources (as of the engine, or manifests) that show a rule, with the settings they need. */
export interface Example {
  readonly resources: readonly object[];
  readonly context?: readonly object[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly version?: string;
}

export interface RuleDocs {
  /** What goes wrong without the rule, in two or three sentences. */
  readonly why: string;
  /** Complies with the rule. One manifest, or an Example. */
  readonly pass: object;
  /** Breaks it, with as little else wrong as possible. */
  readonly fail: object;
}

/** What every rule says of itself. */
export interface RuleFacts {
  readonly id: string;
  readonly group: Group;
  readonly title: string;
  readonly severity: Severity;
  /** Controls of standards that ask for it, e.g. "PSS baseline", "CIS 5.2.2", "MITRE T1611". */
  readonly references: readonly string[];
  /** What to do about a violation, as an imperative without a full stop. */
  readonly fix: string;
  /** Level of the Pod Security Standards the rule belongs to, if any. */
  readonly profile?: "baseline" | "restricted";
  readonly docs: RuleDocs;
  /** What the configuration may give the rule. */
  readonly params?: Parameters;
  /** Changes a copy of the inputs so that the rule holds. */
  readonly remediate?: (target: Remediation) => void;
}

/** What a remediation works on. */
export interface Remediation {
  readonly type: string;
  /** `<group>/<Kind>` of the object. */
  readonly key: string;
  /** A deep copy of the inputs, to be changed in place. */
  readonly object: Record<string, unknown>;
  readonly settings: Settings;
}

type Violations = Iterable<Violation>;

/** The form all rules take in the end. */
export interface ResourceRule extends RuleFacts {
  readonly scope: "resource";
  /** Types of resources, for documentation: "Pods", "Service", "kubernetes:helm.sh/v3:Release". */
  readonly types: readonly string[];
  /** Whether the rule looks at targets of this type at all. */
  readonly on: (target: Target) => boolean;
  readonly evaluate: (target: Target, settings: Settings) => Violations;
  /** The same as `evaluate`, in the same order, for rules that would wrap one generator into another. */
  readonly visit?: (target: Target, settings: Settings, found: (violation: Violation) => void) => void;
}

/** A rule about pods, which can also be asked about a pod that stands nowhere else. */
export interface PodRule extends ResourceRule {
  readonly ofPod: (pod: PodView, settings: Settings) => Violations;
}

export interface StackRule extends RuleFacts {
  readonly scope: "stack";
  readonly types: readonly string[];
  readonly evaluate: (stack: Stack, settings: Settings) => Violations;
}

export type Rule = ResourceRule | StackRule;

const POD_TYPES = ["Pod", "PodTemplate", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];

export function podRule(
  rule: RuleFacts & { readonly check: (pod: PodView, settings: Settings) => Violations },
): PodRule {
  const { check, ...facts } = rule;
  return {
    ...facts,
    scope: "resource",
    ofPod: check,
    types: [...POD_TYPES, "ReplicationController", "custom resources with a pod template"],
    on: ({ workload, custom }) => workload || custom,
    evaluate(target, settings) {
      const pods = podsOf(target);
      const [only] = pods;
      // nearly always there is one: no need to wrap what it yields
      return only !== undefined && pods.length === 1 ? check(only, settings) : overPods(pods, check, settings);
    },
  };
}

function* overPods(
  pods: readonly PodView[],
  check: (pod: PodView, settings: Settings) => Violations,
  settings: Settings,
): Generator<Violation> {
  for (const pod of pods) yield* check(pod, settings);
}

export function containerRule(
  rule: RuleFacts & {
    readonly check: (container: ContainerView, pod: PodView, settings: Settings) => Violations;
  },
): PodRule {
  const { check, ...facts } = rule;
  const overAll = podRule({
    ...facts,
    *check(pod, settings) {
      for (const container of pod.containers) yield* check(container, pod, settings);
    },
  });
  return {
    ...overAll,
    visit(target, settings, found) {
      for (const pod of podsOf(target)) {
        for (const container of pod.containers) {
          for (const violation of check(container, pod, settings)) found(violation);
        }
      }
    },
  };
}

export const MACHINE_KINDS: readonly string[] = [
  "kubevirt.io/VirtualMachine",
  "kubevirt.io/VirtualMachineInstance",
  "kubevirt.io/VirtualMachineInstanceReplicaSet",
  "pool.kubevirt.io/VirtualMachinePool",
  "infrastructure.cluster.x-k8s.io/KubevirtMachine",
  "infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate",
];

export function machineRule(
  rule: RuleFacts & { readonly check: (machine: MachineView, settings: Settings) => Violations },
): ResourceRule {
  const { check, ...facts } = rule;
  return {
    ...facts,
    scope: "resource",
    types: MACHINE_KINDS,
    on: ({ key }) => MACHINE_KINDS.includes(key),
    *evaluate(target, settings) {
      for (const machine of machinesOf(target)) yield* check(machine, settings);
    },
  };
}

export function objectRule(
  rule: RuleFacts & {
    readonly kinds: readonly string[];
    readonly check: (target: Target, settings: Settings) => Violations;
  },
): ResourceRule {
  const { check, kinds, ...facts } = rule;
  return { ...facts, scope: "resource", types: kinds, on: ({ key }) => kinds.includes(key), evaluate: check };
}

export function resourceRule(
  rule: RuleFacts & {
    readonly types: readonly string[];
    readonly on: (target: Target) => boolean;
    readonly check: (target: Target, settings: Settings) => Violations;
  },
): ResourceRule {
  const { check, ...facts } = rule;
  return { ...facts, scope: "resource", evaluate: check };
}

export function stackRule(
  rule: RuleFacts & {
    readonly types: readonly string[];
    readonly check: (stack: Stack, settings: Settings) => Violations;
  },
): StackRule {
  const { check, ...facts } = rule;
  return { ...facts, scope: "stack", evaluate: check };
}
