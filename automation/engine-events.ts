import * as fs from "node:fs";

/** The events of the Pulumi engine that are read here; others are skipped. */
export interface EngineEvent {
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string; readonly urn?: string };
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
  readonly summaryEvent?: { readonly resourceChanges: Readonly<Record<string, number>> };
}

export interface Summary {
  /** Resources that the stack has afterwards. */
  readonly resources: number;
  readonly changes: Readonly<Record<"create" | "update" | "replace" | "delete" | "same", number>>;
  readonly errors: readonly string[];
}

/** The events written so far; a line that is still being written is left for the next reading. */
export function readEvents(file: string): EngineEvent[] {
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
}

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
  return { resources, changes, errors: errorsOf(events) };
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

/** The last part of a URN is the name that the program gave. */
function prefixed(urn: string | undefined, message: string): string {
  const resource = urn?.split("::").slice(2).join(" ") ?? "";
  return resource === "" || resource.startsWith("pulumi:pulumi:Stack") ? message : `${resource}: ${message}`;
}

/** Without the engine's colour markup (`<{%reset%}>`). */
function plain(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}
