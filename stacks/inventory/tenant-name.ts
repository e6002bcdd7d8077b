import { DNS_LABEL } from "../../components/core/names";
import { InvalidInput, type Problem } from "../../components/core/problem";

/** Between a customer and the name of one of its clusters. Neither may hold it, so that no two pairs make one name. */
const SEPARATOR = "--";

const LONGEST = 40;

/**
 * Name of a tenant, from which those of its stack and its namespace are made: `acme`, or `acme--prod` for a cluster of
 * the customer acme.
 *
 * @throws InvalidInput with everything that is wrong with the two.
 */
export function tenantName(cluster: string, customer?: string): string {
  const problems = [
    ...partProblems("name", cluster, customer === undefined),
    ...(customer === undefined ? [] : partProblems("--customer", customer, true)),
  ];
  const name = customer === undefined ? cluster : `${customer}${SEPARATOR}${cluster}`;
  if (name.length > LONGEST) {
    const rule = `customer and name must make at most ${LONGEST} characters together`;
    problems.push({ where: "name", given: name, rule, fix: "choose shorter ones" });
  }
  if (problems.length > 0) throw new InvalidInput("the tenant's name", problems);
  return name;
}

/** The customer that a tenant belongs to, by its name: of `acme--prod` and of `acme` it is acme. */
export function customerOf(tenant: string): string {
  return tenant.split(SEPARATOR, 1)[0] ?? tenant;
}

function partProblems(where: string, given: string, begins: boolean): Problem[] {
  const fix = "choose another one";
  if (!DNS_LABEL.test(given)) {
    return [{ where, given: JSON.stringify(given), rule: "must consist of a-z, 0-9 and - inside", fix }];
  }
  const problems: Problem[] = [];
  if (begins && !/^[a-z]/.test(given)) problems.push({ where, given, rule: "must begin with a letter", fix });
  if (given.includes(SEPARATOR)) {
    const rule = `must not contain ${SEPARATOR}, which stands between a customer and its cluster`;
    problems.push({ where, given, rule, fix: "give the customer with --customer, or choose another name" });
  }
  return problems;
}
