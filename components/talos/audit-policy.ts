import type { Problem } from "../core/problem";
import type { AuditRule, Kubernetes } from "./settings/kubernetes";

type Audit = Kubernetes["apiServer"]["audit"];

/** Kinds whose content is secret: `userData` of virtual machines and bootstrap data of machines hold keys too. */
const CONCEALED = {
  level: "Metadata",
  resources: [
    { group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] },
    { group: "authentication.k8s.io", resources: ["tokenreviews"] },
    { group: "bootstrap.cluster.x-k8s.io" },
    { group: "kubevirt.io" },
  ],
};

/** `cluster.apiServer.auditPolicy`; nothing where it is what Talos generates: who did what, of every request. */
export function auditPolicy({ level, rules }: Audit): { readonly auditPolicy?: object } {
  if (level === "Metadata" && rules.length === 0) return {};
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [CONCEALED, ...rules, { level }],
  };
  return { auditPolicy: policy };
}

/**
 * Rules with which no API server starts, or that leave out what an audit log is for. Talos hands them on as they are
 * (machinery 1.13.0); what an API server refuses is from Kubernetes 1.34, audit validation.
 */
export function auditProblems({ rules }: Audit): Problem[] {
  return rules.flatMap((rule, index) => ruleProblems(`base.kubernetes.apiServer.audit.rules.${index}`, rule));
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
