import { type Fields, fieldsOf } from "../../components/core/fields";
import { Cidr } from "../../components/core/cidr";
import { overlaps, type Use } from "../../components/core/network-overlaps";
import { quantity } from "../../components/core/quantity";
import type { EvaluatedFinding } from "./evaluation";
import type { Capacity } from "./policy-file";
import type { StackFile } from "./stack-files";

const RESOURCES = ["cpu", "memory", "storage"] as const;

/**
 * What only the files of all tenants of a cloud together show: networks that overlap, quotas that exceed what there
 * is, names that cannot be distinguished. Files that are wrong by themselves are their own stack's problem.
 */
export function fleetProblems(tenants: readonly StackFile[], capacity: Capacity): EvaluatedFinding[] {
  return [...networkProblems(tenants), ...quotaProblems(tenants, capacity), ...nameProblems(tenants)];
}

function networkProblems(tenants: readonly StackFile[]): EvaluatedFinding[] {
  const uses = tenants.flatMap((tenant) => {
    const network = fieldsOf(settingsOf(tenant)["network"]);
    return ["podCidr", "serviceCidr"].flatMap((name) => {
      const given = network[name];
      const cidr = typeof given === "string" ? parsed(given) : undefined;
      return cidr === undefined
        ? []
        : [{ tenant, use: { where: `${tenant.name} network.${name}`, network: cidr } satisfies Use }];
    });
  });
  return uses.flatMap(({ tenant, use }, index) => {
    const others = uses.slice(0, index).filter((other) => other.tenant !== tenant);
    return overlaps(
      [use],
      others.map((other) => other.use),
    ).map((problem) =>
      found(tenant, "tenant-cidr-disjoint", problem.where, `${problem.given}: ${problem.rule}; ${problem.fix}`),
    );
  });
}

function quotaProblems(tenants: readonly StackFile[], capacity: Capacity): EvaluatedFinding[] {
  return RESOURCES.flatMap((resource) => {
    const limit = capacity[resource];
    const [first] = tenants;
    if (limit === undefined || first === undefined) return [];
    const sums = tenants.map((tenant) => amount(fieldsOf(settingsOf(tenant)["quota"])[resource]));
    const sum = sums.reduce((total, each) => total + each, 0);
    if (sum <= amount(limit)) return [];
    const largest = tenants[sums.indexOf(Math.max(...sums))] ?? first;
    const message = `quotas of ${tenants.length} tenants together are ${round(sum)} ${resource}, which is more than the ${limit} there are; lower quotas or add machines`;
    return [found(largest, "fleet-capacity", `quota.${resource}`, message)];
  });
}

/** One name, one stack: two files, or names that differ in case only, end up in the same namespace. */
function nameProblems(tenants: readonly StackFile[]): EvaluatedFinding[] {
  return tenants.flatMap((tenant, index) => {
    const twin = tenants.slice(0, index).find((other) => other.name.toLowerCase() === tenant.name.toLowerCase());
    if (twin === undefined) return [];
    return [
      found(
        tenant,
        "tenant-namespace-unique",
        "tenant",
        `${tenant.file} and ${twin.file} are the same tenant; remove one of them`,
      ),
    ];
  });
}

function found({ name }: StackFile, rule: string, path: string, message: string): EvaluatedFinding {
  return {
    rule,
    path,
    message,
    severity: "high",
    status: "violation",
    level: "mandatory",
    source: name,
    resource: `tenant ${name}`,
  };
}

function settingsOf({ config }: StackFile): Fields {
  return fieldsOf(config["firmament:tenant"]);
}

function parsed(text: string): Cidr | undefined {
  try {
    return Cidr.parse(text);
  } catch {
    return undefined;
  }
}

function amount(value: unknown): number {
  try {
    return quantity(String(value));
  } catch {
    return 0;
  }
}

function round(value: number): string {
  const [unit, size] = value >= 2 ** 30 ? ["Gi", 2 ** 30] : ["", 1];
  return `${Math.round((value / size) * 10) / 10}${unit}`;
}
