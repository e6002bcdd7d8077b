import { type EngineEvent, plain } from "../engine-events";
import type { Failure } from "../failure/classify";
import type { Recovery } from "../recover";
import type { Operation, StackOutcome } from "./outcome";

/** What is told while an operation works, in the order in which it happens. Holds no secret: the engine blanks them. */
export type FleetEvent =
  | { readonly type: "started"; readonly stack: string; readonly operation: Operation; readonly attempt: number }
  /** A resource: `planned` in a preview, else `started`, then `done` or `failed`. `change` as the engine names it. */
  | {
      readonly type: "resource";
      readonly stack: string;
      readonly phase: "planned" | "started" | "done" | "failed";
      readonly urn: string;
      readonly change: string;
    }
  | {
      readonly type: "message";
      readonly stack: string;
      readonly severity: "info" | "warning" | "error";
      readonly text: string;
      readonly urn?: string;
    }
  /** It failed and is tried again after `seconds`. */
  | { readonly type: "retry"; readonly stack: string; readonly failure: Failure; readonly seconds: number }
  /** An earlier deployment had been killed; what it had begun is known now. */
  | { readonly type: "recovered"; readonly stack: string; readonly recovery: Recovery }
  | { readonly type: "finished"; readonly stack: string; readonly outcome: StackOutcome };

/** What a caller is told of an event of the engine; undefined for what is the engine's own business. */
export function fleetEvent(stack: string, event: EngineEvent): FleetEvent | undefined {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, policyEvent } = event;
  if (resourcePreEvent !== undefined) {
    const { metadata, planning = false } = resourcePreEvent;
    return resource(planning ? "planned" : "started", metadata);
  }
  if (resOutputsEvent !== undefined && resOutputsEvent.planning !== true)
    return resource("done", resOutputsEvent.metadata);
  if (resOpFailedEvent !== undefined) return resource("failed", resOpFailedEvent.metadata);
  if (policyEvent !== undefined) {
    const severity = policyEvent.enforcementLevel === "mandatory" ? "error" : "warning";
    return message(
      severity,
      `policy ${policyEvent.policyName}: ${plain(policyEvent.message)}`,
      policyEvent.resourceUrn,
    );
  }
  if (diagnosticEvent === undefined || diagnosticEvent.ephemeral === true) return undefined;
  if (diagnosticEvent.severity === "debug") return undefined;
  const text = plain(diagnosticEvent.message);
  return text === "" ? undefined : message(severityOf(diagnosticEvent.severity), text, diagnosticEvent.urn);

  function resource(
    phase: "planned" | "started" | "done" | "failed",
    { urn, op }: { readonly urn: string; readonly op: string },
  ): FleetEvent | undefined {
    return op === "same" || op === "read" ? undefined : { type: "resource", stack, phase, urn, change: op };
  }

  function message(severity: "info" | "warning" | "error", text: string, urn: string | undefined): FleetEvent {
    return { type: "message", stack, severity, text, ...(urn === undefined || urn === "" ? {} : { urn }) };
  }
}

function severityOf(severity: string): "info" | "warning" | "error" {
  if (severity === "error" || severity === "info#err") return "error";
  return severity === "warning" ? "warning" : "info";
}
