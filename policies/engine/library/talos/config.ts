import type { Target } from "../../target";
import { Reader, View } from "../../view";
import { documentsIn } from "./documents";
import { generatedConfiguration } from "./generated";
import { applyPatches, type Documents, type OnRefusal } from "./merge";

export const APPLY = "talos:machine/configurationApply:ConfigurationApply";

export const TEMPLATES = [
  "bootstrap.cluster.x-k8s.io/TalosConfig",
  "bootstrap.cluster.x-k8s.io/TalosConfigTemplate",
  "controlplane.cluster.x-k8s.io/TalosControlPlane",
];

export type Role = "controlplane" | "worker";

/** The configuration that a machine ends up with: what was generated, with all patches. */
export interface TalosConfig {
  readonly target: Target;
  /** Undefined where neither the configuration nor its content shows it. */
  readonly role: Role | undefined;
  /** The main document. */
  readonly main: View;
  readonly machine: View;
  readonly cluster: View;
  /** Documents of a kind. */
  readonly documents: (kind: string) => readonly View[];
  /** Where the document of a kind belongs; absent when there is none. */
  readonly document: (key: string) => View;
  /** Texts that are not known: they may say what the rest does not. */
  readonly hidden: readonly View[];
}

/** Texts of a target that are put together into one configuration. */
interface Source {
  /** How findings call the result. */
  readonly label: string;
  /** The text that is a whole configuration; without it, what patches delete may be in what is not known. */
  readonly whole?: View;
  readonly texts: readonly View[];
  readonly base: Documents;
  readonly hidden: readonly View[];
  readonly role: Role | undefined;
}

/** The machine configuration that a target carries; use it as `target.memo(talosConfig)`. */
export function talosConfig(target: Target): TalosConfig | undefined {
  const source = target.type === APPLY ? applied(target.root) : template(target);
  if (source === undefined) return undefined;
  const documents: Documents = new Map(source.base);
  const hidden = [...source.hidden];
  let complete = false;
  for (const text of source.texts) {
    const given = documentsIn(text);
    // a patch that Talos refuses is no configuration: nothing may pass because of it
    const onRefusal: OnRefusal = () => {
      if (complete) text.reader.note(text);
    };
    if (given !== undefined && merged(documents, given, onRefusal)) complete ||= text === source.whole;
    else if (text.present || text.unreadable) {
      hidden.push(text);
      // nor because of one of which it is not known what Talos makes
      if (given !== undefined) text.reader.note(text);
    }
  }
  return viewed(target, source, documents, hidden);
}

/** What is known of the documents that the inputs of a ConfigurationApply give a machine, secrets included. */
export function appliedDocuments(inputs: Readonly<Record<string, unknown>>): Documents {
  const documents: Documents = new Map();
  for (const text of applied(new View(inputs, new Reader())).texts) merged(documents, documentsIn(text) ?? [], ignore);
  return documents;
}

const ignore: OnRefusal = () => undefined;

function merged(documents: Documents, patch: readonly unknown[], onRefusal: OnRefusal): boolean {
  try {
    applyPatches(documents, patch, onRefusal);
    return true;
  } catch {
    return false;
  }
}

function viewed(target: Target, source: Source, documents: Documents, hidden: readonly View[]): TalosConfig {
  const { reader } = target.root;
  const top = new View({}, reader, target.root, source.label);
  const made = new Map(
    [...documents].map(([key, document]) => {
      return [
        key,
        key === "" ? new View(document, reader, target.root, source.label) : new View(document, reader, top, key),
      ] as const;
    }),
  );
  const main = made.get("") ?? top;
  const [machine, cluster] = [main.field("machine"), main.field("cluster")];
  return {
    target,
    role: source.role ?? roleOf(machine, cluster),
    main,
    machine,
    cluster,
    documents: (kind) =>
      [...made].filter(([key]) => key === kind || key.startsWith(`${kind} `)).map(([, view]) => view),
    document: (key) => made.get(key) ?? top.field(key),
    hidden,
  };
}

/** What only a control plane has. */
const CONTROL_PLANE = [
  "apiServer",
  "controllerManager",
  "scheduler",
  "etcd",
  "secretboxEncryptionSecret",
  "aescbcEncryptionSecret",
  "adminKubeconfig",
];

function roleOf(machine: View, cluster: View): Role | undefined {
  const type = machine.field("type").text;
  if (type === "worker" || type === "join") return "worker";
  if (type === "controlplane" || type === "init") return "controlplane";
  return CONTROL_PLANE.some((section) => cluster.field(section).present) ? "controlplane" : undefined;
}

function applied(root: View): Source {
  const input = root.field("machineConfigurationInput");
  const patches = root.field("configPatches");
  const writeOnly = root.field("machineConfigurationInputWo");
  return {
    label: input.unreadable || input.present ? "machineConfigurationInput" : "configPatches",
    whole: input,
    texts: [...(input.unreadable || input.present ? [input] : []), ...patches.items()],
    base: new Map(),
    // what is written only is never shown to anybody
    hidden: [
      ...(patches.unreadable ? [patches] : []),
      ...(writeOnly.unreadable || writeOnly.present ? [writeOnly] : []),
    ],
    role: undefined,
  };
}

function template({ key, spec }: Target): Source | undefined {
  const config =
    key === "bootstrap.cluster.x-k8s.io/TalosConfig"
      ? spec
      : key === "bootstrap.cluster.x-k8s.io/TalosConfigTemplate"
        ? spec.at("template", "spec")
        : spec.at("controlPlaneConfig", "controlplane");
  const type = config.field("generateType").text;
  const role =
    key.endsWith("TalosControlPlane") || type === "controlplane" || type === "init" ? "controlplane" : "worker";
  const base: Documents = new Map(type === "none" ? [] : [["", generatedConfiguration(role)]]);
  const operations = config.field("configPatches");
  const listed = operations.value;
  if (Array.isArray(listed)) merged(base, [listed], ignore);
  const data = config.field("data");
  const patches = config.field("strategicPatches");
  return {
    label: "strategicPatches",
    texts: [...(data.present ? [data] : []), ...patches.items()],
    base,
    hidden: [operations, data, patches].filter((view) => view.unreadable),
    role: type === "none" ? undefined : role,
  };
}
