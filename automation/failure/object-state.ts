import { type Fields, fieldsOf } from "../../components/core/fields";

/** Something that was reported of an object. */
export interface Occurrence {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  /** Name of the object, in the namespace that was asked. */
  readonly object: string;
  readonly warning: boolean;
  /** Reason and message. */
  readonly text: string;
}

/** Conditions that say most of an object, best first; their good state is True. */
const SUMMARIES = ["Ready", "Available", "ReconcileSucceeded", "Configured", "Established"];

/** What an object says of itself: the condition that is not as it should be, else its phase; undefined if nothing. */
export function conditionOf({ status }: Fields): string | undefined {
  const { conditions, phase, updateStatus, message, reason } = fieldsOf(status);
  const all = Array.isArray(conditions) ? conditions.map(fieldsOf) : [];
  const summary = SUMMARIES.map((type) => all.find((each) => each["type"] === type)).find((each) => each !== undefined);
  const bad = summary !== undefined && summary["status"] !== "True" ? summary : all.find(isBad);
  if (bad !== undefined) {
    const because = [bad["reason"], bad["message"]].filter((text) => typeof text === "string" && text !== "");
    return [`${String(bad["type"])} is ${String(bad["status"])}`, ...because].join(": ");
  }
  const stated = [phase, updateStatus].find((text) => typeof text === "string" && text !== "");
  const said = [message, reason].find((text) => typeof text === "string" && text !== "");
  if (stated === undefined && said === undefined && summary !== undefined) return `${String(summary["type"])} is True`;
  return stated === undefined ? (said as string | undefined) : [stated, said].filter(Boolean).join(": ");
}

/** Only of those whose name says which state is good. */
function isBad({ type, status }: Fields): boolean {
  const name = String(type);
  return /Ready$|Available$|Succeeded$/.test(name)
    ? status === "False"
    : /Degraded|Fail|Error/.test(name) && status === "True";
}

/** The last that was reported of an object or of what it makes, whose names begin with its own: its pods. */
export function lastEvent(occurrences: readonly Occurrence[], name: string, now = Date.now()): string | undefined {
  const last = latest(occurrences.filter(({ object }) => object === name || object.startsWith(`${name}-`)));
  return last === undefined ? undefined : `${last.text} ${ago(last, now)}`;
}

/** The last warning of all, with its object. */
export function lastWarning(occurrences: readonly Occurrence[], now = Date.now()): string | undefined {
  const last = latest(occurrences.filter(({ warning }) => warning));
  return last === undefined ? undefined : `${last.kind} ${last.object}: ${last.text} ${ago(last, now)}`;
}

function latest(occurrences: readonly Occurrence[]): Occurrence | undefined {
  return occurrences.filter(({ at }) => !Number.isNaN(at)).sort((one, other) => other.at - one.at)[0];
}

function ago({ at }: Occurrence, now: number): string {
  return `(${Math.max(0, Math.round((now - at) / 1000))} s ago)`;
}
