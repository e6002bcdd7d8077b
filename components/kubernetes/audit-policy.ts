import type { Problem } from "../core/problem";
import type { Audit, AuditRule } from "./settings/audit";

/** What rules of an audit policy name kinds by; all kinds of a group where none is named. */
export interface AuditedKinds {
  readonly group: string;
  readonly resources?: readonly string[];
}

/** Kinds of every cluster whose content is secret. */
const CONCEALED: readonly AuditedKinds[] = [
  { group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] },
  { group: "authentication.k8s.io", resources: ["tokenreviews"] },
];

/**
 * The policy that an API server reads.
 *
 * @param others kinds of this cluster whose content is secret too.
 */
export function auditPolicyOf({ level, rules }: Audit, others: readonly AuditedKinds[] = []) {
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata", resources: [...CONCEALED, ...others] }, ...rules, { level }],
  };
}

/**
 * Rules with which no API server starts, or that leave out what an audit log is for. Nothing checks them on
 * their way (Talos machinery 1.13.0, Kamaji); what an API server refuses is from Kubernetes 1.34, audit validation.
 */
export function auditProblems(where: string, { rules }: Audit): Problem[] {
  return rules.flatMap((rule, index) => ruleProblems(`${where}.rules.${index}`, rule));
}

function ruleProblems(where: string, rule: AuditRule): Problem[] {
  const { level, resources = [], namespaces, nonResourceURLs, users, userGroups, verbs } = rule;
  const about = resources.length > 0 || namespaces !== undefined;
  const nameless = resources.findIndex((each) => each.resourceNames !== undefined && each.resources === undefined);
  const narrowed = [namespaces, nonResourceURLs, users, userGroups, verbs].some((each) => each !== undefined);
  const secrets = resources.findIndex(touchesSecrets);
  const drops = level === "None";
  return [
    ...(nonResourceURLs !== undefined && about
      ? [
          {
            where: `${where}.nonResourceURLs`,
            given: nonResourceURLs.join(", "),
            rule: "must not stand beside resources or namespaces: no API server starts with both",
            fix: "make two rules of it",
          },
        ]
      : []),
    ...(nameless >= 0
      ? [
          {
            where: `${where}.resources.${nameless}.resourceNames`,
            given: resources[nameless]?.resourceNames?.join(", ") ?? "",
            rule: "must have resources beside it: no API server starts with names of every kind",
            fix: "add resources",
          },
        ]
      : []),
    ...(drops && !about && !narrowed
      ? [{ where, given: "None for everything", rule: "must leave something to log", fix: "say what it is about" }]
      : []),
    ...(drops && secrets >= 0
      ? [
          {
            where: `${where}.resources.${secrets}`,
            given: "None for Secrets",
            rule: "must not be about Secrets: who reads them is always logged",
            fix: "name the resources that it is about, without secrets",
          },
        ]
      : []),
  ];
}

function touchesSecrets({ group, resources }: NonNullable<AuditRule["resources"]>[number]): boolean {
  return group === "" && (resources === undefined || resources.some((each) => each === "*" || each === "secrets"));
}
