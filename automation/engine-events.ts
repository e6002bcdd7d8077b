/** What a step does to a resource, as the engine tells; secrets are blanked out by the engine itself. */
export interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly old?: StepState;
  readonly new?: StepState;
  /** Properties that differ, where the provider says. */
  readonly diffs?: readonly string[];
  /** Properties that make it be replaced. */
  readonly keys?: readonly string[];
  readonly detailedDiff?: Readonly<Record<string, { readonly diffKind: string }>>;
}

export interface StepState {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
}

/** The parts of the engine's events that are read here; the Automation API's own type fits. */
export interface EngineEvent {
  /** The first of every operation. */
  readonly preludeEvent?: object;
  readonly resourcePreEvent?: { readonly metadata: StepMetadata; readonly planning?: boolean };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata; readonly planning?: boolean };
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
  readonly diagnosticEvent?: {
    readonly severity: string;
    readonly message: string;
    readonly urn?: string;
    /** Of the moment: what a provider waits for. */
    readonly ephemeral?: boolean;
  };
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
  readonly summaryEvent?: { readonly resourceChanges: Readonly<Record<string, number | undefined>> };
}

export interface Summary {
  /** Resources that the stack has afterwards. */
  readonly resources: number;
  readonly changes: Readonly<Record<"create" | "update" | "replace" | "delete" | "same", number>>;
  /** What went wrong, each with the resource that it is about, once. */
  readonly errors: readonly string[];
  /** What the program warned of, once each. */
  readonly warnings: readonly string[];
  /** Whether a mandatory policy refused something. */
  readonly refusedByPolicy: boolean;
}

/** Something that the engine, the program or a provider said. */
export interface Diagnostic {
  /** The resource that it is about. */
  readonly urn?: string;
  readonly message: string;
}

/** Errors that the engine reported, in their order, without its colours. */
export function diagnosticsOf(events: readonly EngineEvent[]): Diagnostic[] {
  return events.flatMap(({ diagnosticEvent }) => {
    if (diagnosticEvent?.severity !== "error" && diagnosticEvent?.severity !== "info#err") return [];
    const { urn, message } = diagnosticEvent;
    return [{ ...(urn === undefined || urn === "" ? {} : { urn }), message: plain(message) }];
  });
}

/** Whether the engine found operations of an earlier deployment without an end. */
export function foundPending(events: readonly EngineEvent[]): boolean {
  return events.some(
    ({ diagnosticEvent }) =>
      diagnosticEvent !== undefined &&
      /with \d+ pending operations? from previous deployment/.test(diagnosticEvent.message),
  );
}

/** Counts and errors of one operation. */
export function summarize(events: readonly EngineEvent[]): Summary {
  const counted = events
    .map(({ summaryEvent }) => summaryEvent?.resourceChanges)
    .find((changes) => changes !== undefined);
  const count = (operation: string) => counted?.[operation] ?? 0;
  const changes = {
    create: count("create"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    same: count("same"),
  };
  const resources = changes.create + changes.update + changes.replace + changes.same;
  const refusedByPolicy = events.some(({ policyEvent }) => policyEvent?.enforcementLevel === "mandatory");
  return { resources, changes, errors: errorsOf(events), warnings: warningsOf(events), refusedByPolicy };
}

function errorsOf(events: readonly EngineEvent[]): string[] {
  const errors = new Set<string>();
  for (const { diagnosticEvent, policyEvent } of events) {
    if (diagnosticEvent?.severity === "error" || diagnosticEvent?.severity === "info#err") {
      errors.add(prefixed(diagnosticEvent.urn, plain(diagnosticEvent.message)));
    }
    if (policyEvent?.enforcementLevel === "mandatory") {
      errors.add(prefixed(policyEvent.resourceUrn, `policy ${policyEvent.policyName}: ${plain(policyEvent.message)}`));
    }
  }
  return [...errors].filter((error) => error.trim() !== "");
}

/** What the engine says of its own plugins, which come from where they were looked for. */
const PLUGIN = /^using \S+ from \$PATH at /;

function warningsOf(events: readonly EngineEvent[]): string[] {
  const warnings = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "warning" && diagnosticEvent.ephemeral !== true
      ? [prefixed(diagnosticEvent.urn, plain(diagnosticEvent.message))]
      : [],
  );
  return [...new Set(warnings)].filter((warning) => !PLUGIN.test(warning));
}

/** The last part of a URN is the name that the program gave. */
function prefixed(urn: string | undefined, message: string): string {
  const resource = urn?.split("::").slice(2).join(" ") ?? "";
  return resource === "" || resource.startsWith("pulumi:pulumi:Stack") ? message : `${resource}: ${message}`;
}

/** Without the engine's colour markup (`<{%reset%}>`). */
export function plain(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}
