import type { Problem } from "../core/problem";
import type { KubernetesVersion } from "../core/version";
import type { Authentication, Issuer } from "./settings/authentication";

/** First minor that serves the configuration's final version, the same as the one before it. */
const FINAL = 34;

/** What names of users and groups begin with where settings say nothing. */
const PREFIX = "oidc:";

/**
 * Whom Kubernetes trusts by name is for itself to say: expressions may give any name, and an issuer that gave
 * `system:masters` to somebody would give them the cluster.
 */
const NO_SYSTEM_NAMES = [
  {
    expression: "!user.username.startsWith('system:')",
    message: "names of Kubernetes itself are for no issuer to give",
  },
  {
    expression: "user.groups.all(group, !group.startsWith('system:'))",
    message: "groups of Kubernetes itself are for no issuer to give",
  },
];

/** The file of an API server that says whom people log in at. */
export function authenticationConfiguration({ issuers }: Authentication, { minor }: KubernetesVersion): object {
  return {
    apiVersion: `apiserver.config.k8s.io/${minor >= FINAL ? "v1" : "v1beta1"}`,
    kind: "AuthenticationConfiguration",
    jwt: issuers.map(authenticator),
  };
}

function authenticator({ url, discoveryUrl, audiences, ca, username, groups, claimRules, userRules }: Issuer): object {
  return {
    issuer: {
      url,
      ...(discoveryUrl === undefined ? {} : { discoveryURL: discoveryUrl }),
      audiences: [...audiences],
      ...(audiences.length > 1 ? { audienceMatchPolicy: "MatchAny" } : {}),
      ...(ca === undefined ? {} : { certificateAuthority: ca }),
    },
    ...(claimRules.length === 0 ? {} : { claimValidationRules: [...claimRules] }),
    claimMappings: { username: mapped(username), ...(groups === undefined ? {} : { groups: mapped(groups) }) },
    userValidationRules: [...NO_SYSTEM_NAMES, ...userRules],
  };
}

/** A claim needs a prefix, and an expression must not have one. */
function mapped({ claim, prefix = PREFIX, expression }: Issuer["username"]): object {
  return expression === undefined ? { claim, prefix } : { expression };
}

/** Where API servers ask for the keys of issuers: TCP ports. */
export function issuerPorts(urls: readonly string[]): number[] {
  const ports = urls.map((each) => Number(new URL(each).port || "443"));
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** What an API server refuses to start with (1.34, apiserver/pkg/apis/apiserver/validation). */
export function authenticationProblems(where: string, { issuers }: Authentication): Problem[] {
  return issuers.flatMap((issuer, index) =>
    issuerProblems(`${where}.issuers.${index}`, issuer, issuers.slice(0, index)),
  );
}

function issuerProblems(where: string, issuer: Issuer, before: readonly Issuer[]): Problem[] {
  const { url, discoveryUrl, audiences, username, groups, claimRules } = issuer;
  const again = (key: "url" | "discoveryUrl") => {
    const given = issuer[key];
    if (given === undefined || !before.some((other) => other[key] === given)) return [];
    return [
      { where: `${where}.${key}`, given, rule: "must be that of one issuer only", fix: "join the two, or correct it" },
    ];
  };
  const twice = audiences.filter((each, index) => audiences.indexOf(each) !== index);
  return [
    ...again("url"),
    ...again("discoveryUrl"),
    ...(discoveryUrl === url
      ? [{ where: `${where}.discoveryUrl`, given: url, rule: "must differ from its URL", fix: "leave it out" }]
      : []),
    ...twice.map((given) => ({
      where: `${where}.audiences`,
      given,
      rule: "must be there once",
      fix: "remove it",
    })),
    ...mappingProblems(`${where}.username`, username),
    ...(groups === undefined ? [] : mappingProblems(`${where}.groups`, groups)),
    ...claimRules.flatMap((rule, at) => claimRuleProblems(`${where}.claimRules.${at}`, rule)),
    ...mailProblems(where, issuer),
  ];
}

function mappingProblems(where: string, { claim, prefix, expression }: Issuer["username"]): Problem[] {
  if ((claim === undefined) === (expression === undefined)) {
    const given = claim === undefined ? "neither" : "both";
    return [{ where, given, rule: "must have either a claim or an expression", fix: "choose one of the two" }];
  }
  if (expression === undefined || prefix === undefined) return [];
  const rule = "is for claims: an expression says what goes before";
  return [{ where: `${where}.prefix`, given: prefix, rule, fix: `write it into the expression: "${prefix}" + …` }];
}

function claimRuleProblems(where: string, rule: Issuer["claimRules"][number]): Problem[] {
  const { claim, requiredValue, expression, message } = rule;
  if ((claim === undefined) === (expression === undefined)) {
    const given = claim === undefined ? "neither" : "both";
    return [{ where, given, rule: "must have either a claim or an expression", fix: "choose one of the two" }];
  }
  if (expression !== undefined && requiredValue !== undefined) {
    const why = "is for claims: an expression compares by itself";
    return [{ where: `${where}.requiredValue`, given: requiredValue, rule: why, fix: "write it into the expression" }];
  }
  if (claim !== undefined && message !== undefined) {
    const why = "is for expressions: a claim that is not as it must be is named by itself";
    return [{ where: `${where}.message`, given: message, rule: why, fix: "remove it" }];
  }
  return [];
}

/** Addresses that their owner has not proven would let anybody be anybody. */
function mailProblems(where: string, { username, claimRules }: Issuer): Problem[] {
  const { expression = "" } = username;
  const rules = claimRules.map((rule) => rule.expression ?? "");
  if (
    !/\bclaims\.email\b/.test(expression) ||
    [expression, ...rules].some((each) => each.includes("claims.email_verified"))
  )
    return [];
  const rule = "names users by e-mail addresses that nobody has verified";
  const fix = 'add a claim rule: expression "claims.?email_verified.orValue(true) == true"';
  return [{ where: `${where}.username.expression`, given: expression, rule, fix }];
}
