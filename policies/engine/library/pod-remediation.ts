import { podTemplateWay } from "../pod-templates";
import { elements, section } from "../remediation";
import type { Remediation } from "../rule";

type Fields = Record<string, unknown>;

const LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** The spec of the pod an object describes, made where it is missing; undefined for other kinds. */
export function podSpecIn({ key, object }: Remediation): Fields | undefined {
  const way = podTemplateWay(key);
  return way === undefined
    ? undefined
    : [...way, "spec"].reduce<Fields | undefined>(
        (at, step) => (at === undefined ? undefined : section(at, step)),
        object,
      );
}

/** Containers of every list. */
export function containersIn(remediation: Remediation): Fields[] {
  const spec = podSpecIn(remediation);
  return LISTS.flatMap((list) => elements(spec, list));
}

/** securityContext of every container, made where it is missing. */
export function securityContextsIn(remediation: Remediation): Fields[] {
  return containersIn(remediation).flatMap((container): Fields[] => {
    const context = section(container, "securityContext");
    return context === undefined ? [] : [context];
  });
}
