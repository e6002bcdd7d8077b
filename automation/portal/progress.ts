import type { FleetEvent } from "../fleet/events";
import type { Progress } from "./cloud";

/** What customers are told of an event: resources by kind and name. What the engine says beside is for operators. */
export function progressOf(event: FleetEvent): Progress | undefined {
  if (event.type === "resource" && event.change !== "same" && event.phase !== "planned") {
    return { kind: event.phase, text: nameOf(event.urn) };
  }
  if (event.type === "retry") {
    return { kind: "message", text: `It failed (${event.failure.kind}) and is tried again in ${event.seconds} s` };
  }
  if (event.type === "recovered") return { kind: "message", text: "What an earlier attempt had begun is known now" };
  return undefined;
}

/** `Namespace tenant-acme`, of urn:pulumi:<stack>::<project>::<parents>$kubernetes:core/v1:Namespace::tenant-acme. */
function nameOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split(/[$:]/).at(-1) ?? ""} ${name.join("::")}`;
}
