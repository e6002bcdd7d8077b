import type { ChartExemption, ObjectExemption } from "../../components/kubernetes/exemptions";
import { code, table } from "./markdown";

/** Exemptions of the objects that a chart renders: object, rules that cannot hold for it, reason. */
export function chartRows(exemptions: readonly ChartExemption[]): string[][] {
  return exemptions.flatMap(({ object: { kind, name }, because }) =>
    Object.entries(because).map(([reason, rules]) => [`${kind} ${code(name)}`, rules.map(code).join(", "), reason]),
  );
}

/** Exemptions of what the program itself makes. */
export function objectRows(exemptions: readonly ObjectExemption[]): string[][] {
  return exemptions.map(({ rule, selector: { kind, name, ...others }, reason, tier }) => {
    const object = [kind, name === undefined ? undefined : code(name)].filter((part) => part !== undefined).join(" ");
    const more = Object.entries(others).map(([key, value]) => `${key} ${code(value)}`);
    const where = [object, ...more].filter((part) => part !== "").join(", ");
    return [tier === undefined ? where : `${where}, in ${tier}`, code(rule), reason];
  });
}

export function exemptionTable(rows: readonly (readonly string[])[]): string {
  return table(["exempted", "from", "because"], rows);
}
