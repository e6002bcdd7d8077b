import { fieldsOf } from "../../components/core/fields";
import { type EngineEvent, plain, type StepMetadata } from "../engine-events";

/** What a preview says about one stack, in the words of this product. */
export interface StackPreview {
  readonly stack: string;
  /** Machines of a management cluster that do more than nothing: `cp-1: restarts (machine.kernel)`. */
  readonly machines: readonly string[];
  /** Node pools of a tenant that change: `pool general: rolls 3 machines, …`. */
  readonly pools: readonly string[];
  /** Charts that are installed, changed or removed: `cilium: 1.18.1 → 1.18.2`. */
  readonly components: readonly string[];
  /** What is gone afterwards with all that it holds, and no deployment brings back. */
  readonly deletedForGood: readonly string[];
  /** All else, one line for each resource: `update NetworkPolicy cilium-default-deny`. */
  readonly others: readonly string[];
  /** What the program warned of. */
  readonly warnings: readonly string[];
}

const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Steps that are no change, or the second half of a replacement. */
const QUIET: ReadonlySet<string> = new Set([
  "same",
  "read",
  "read-replacement",
  "refresh",
  "create-replacement",
  "delete-replaced",
  "discard",
  "discard-replaced",
  "remove-pending-replace",
]);

/** What machines of a management cluster do, as its program tells. */
const MACHINE =
  /^\S+: (no effect|applied live|restarts|may restart|will be upgraded|joins|leaves the cluster)( \(.*\))?$/s;
const POOL = /^pool \S+: /;

/** What these kinds hold goes with them. */
const HOLDS: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:Namespace": "with everything in it",
  "kubernetes:core/v1:PersistentVolumeClaim": "with its data",
  "kubernetes:core/v1:PersistentVolume": "with its data",
  "kubernetes:core/v1:Secret": "and what is encrypted or signed with it",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "with every object of its kind",
  "kubernetes:cluster.x-k8s.io/v1beta2:Cluster": "with its control plane, machines and their disks",
  "kubernetes:kamaji.clastix.io/v1alpha1:DataStore": "with the state of every tenant in it",
  "kubernetes:piraeus.io/v1:LinstorCluster": "with its volumes",
  "kubernetes:cdi.kubevirt.io/v1beta1:DataVolume": "with its data",
  "talos:machine/secrets:Secrets": "the keys of the management cluster",
};

/** Puts the events of a preview, or of a deployment, into words. */
export function inWords(stack: string, events: readonly EngineEvent[]): StackPreview {
  const steps = stepsOf(events);
  const told = messages(events, "info");
  const releases = steps.filter(({ type }) => type === RELEASE);
  const rest = steps.filter(({ type }) => type !== RELEASE && !type.startsWith("firmament:"));
  return {
    stack,
    machines: told.filter((text) => MACHINE.test(text) && !text.includes(": no effect")),
    pools: told.filter((text) => POOL.test(text) && !text.endsWith(": no effect")),
    components: releases.map(releaseLine),
    deletedForGood: steps.flatMap(lost),
    others: rest
      .filter((step) => lost(step).length === 0)
      .map(({ op, urn, type }) => `${op} ${kindOf(type)} ${nameIn(urn)}`),
    warnings: messages(events, "warning").filter((text) => !/^using \S+ from \$PATH at /.test(text)),
  };
}

function stepsOf(events: readonly EngineEvent[]): StepMetadata[] {
  return events.flatMap(({ resourcePreEvent }) => {
    const metadata = resourcePreEvent?.metadata;
    if (metadata === undefined || QUIET.has(metadata.op)) return [];
    return metadata.type.startsWith("pulumi:") ? [] : [metadata];
  });
}

function messages(events: readonly EngineEvent[], severity: string): string[] {
  const all = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === severity && diagnosticEvent.ephemeral !== true
      ? [plain(diagnosticEvent.message)]
      : [],
  );
  return [...new Set(all)];
}

function releaseLine({ op, urn, old, new: next, diffs = [] }: StepMetadata): string {
  const [before, after] = [chartVersion(old), chartVersion(next)];
  const name = nameIn(urn);
  if (op === "create") return `${name}: new${after === undefined ? "" : `, ${after}`}`;
  if (op === "delete") return `${name}: removed`;
  const version = before !== undefined && after !== undefined && before !== after ? `${before} → ${after}` : undefined;
  const values = diffs.filter((path) => path !== "version" && path !== "chart");
  const changed = version ?? (values.length > 0 ? `other ${values.join(", ")}` : "changes");
  return `${name}: ${op === "replace" ? "is removed and installed again, " : ""}${changed}`;
}

/** Of a chart in a folder the file's name says it. */
function chartVersion(state: StepMetadata["old"]): string | undefined {
  const { version, chart } = fieldsOf(state?.inputs);
  if (typeof version === "string" && version !== "") return version;
  return typeof chart === "string" ? /-(v?\d[^/]*)\.tgz$/.exec(chart)?.[1] : undefined;
}

function lost({ op, urn, type, old }: StepMetadata): string[] {
  const what = HOLDS[type];
  if ((op !== "delete" && op !== "replace") || what === undefined || old?.retainOnDelete === true) return [];
  return [`${kindOf(type)} ${nameIn(urn)} ${what}`];
}

function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
