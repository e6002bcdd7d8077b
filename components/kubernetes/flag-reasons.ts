import type { Problem } from "../core/problem";

/** Why a flag is not for the stack file: what decides it instead, who sets it, or what is wrong with it. */
export type Reason = { readonly use: string } | "weak" | "Talos" | "Kamaji" | "kubeadm";

/** Flags by name, `*` for any rest of it. */
export type Reasons = Readonly<Record<string, Reason>>;

/** What flags of a part of Kubernetes are held against. */
export interface FlagRules {
  /** What sets the part up, and sets flags without being asked. */
  readonly owner: string;
  readonly reasons: Reasons;
}

const CONFIDENTIAL: Reasons = {
  profiling: "weak",
  "contention-profiling": "weak",
  "authorization-always-allow-paths": "weak",
};

/** Flags that take a protection away, or repeat what protects already. */
export const WEAK = {
  apiServer: {
    ...CONFIDENTIAL,
    "anonymous-auth": "weak",
    "authorization-mode": "weak",
    "authorization-webhook-*": "weak",
    "token-auth-file": "weak",
    "basic-auth-file": "weak",
    "insecure-*": "weak",
    "debug-socket-path": "weak",
    "disable-admission-plugins": "weak",
    "service-account-lookup": "weak",
    "service-account-extend-token-expiration": "weak",
    "tls-cipher-suites": "weak",
  },
  controllerManager: { ...CONFIDENTIAL, "use-service-account-credentials": "weak" },
  scheduler: CONFIDENTIAL,
  kubelet: {
    ...CONFIDENTIAL,
    "allowed-unsafe-sysctls": "weak",
    "anonymous-auth": "weak",
    "authentication-token-webhook": "weak",
    "authorization-mode": "weak",
    "enable-debugging-handlers": "weak",
    "manifest-url*": "weak",
    "pod-manifest-path": "weak",
    "protect-kernel-defaults": "weak",
    "read-only-port": "weak",
    "seccomp-default": "weak",
    "tls-cipher-suites": "weak",
  },
} satisfies Readonly<Record<string, Reasons>>;

/** Flags that are not for the stack file. */
export function flagsProblems(where: string, rules: FlagRules, flags: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(flags).flatMap(([flag, given]) => flagProblems(`${where}.${flag}`, rules, flag, given));
}

function flagProblems(where: string, { owner, reasons }: FlagRules, flag: string, given: string): Problem[] {
  // the longest name that fits says most
  const [name] = Object.keys(reasons)
    .filter((each) => (each.endsWith("*") ? flag.startsWith(each.slice(0, -1)) : flag === each))
    .sort((one, other) => other.length - one.length);
  const reason = name === undefined ? undefined : reasons[name];
  if (reason === undefined) return valueProblems(where, flag, given);
  if (reason === "weak") {
    return [{ where, given, rule: `weakens the cluster, or repeats what ${owner} sets`, fix: "remove it" }];
  }
  if (typeof reason === "string") {
    const rule = `is set by ${reason}: the component would not start, or not work`;
    return [{ where, given, rule, fix: "remove it" }];
  }
  return [{ where, given, rule: "is not for flags: settings decide it", fix: `use ${reason.use}` }];
}

function valueProblems(where: string, flag: string, given: string): Problem[] {
  if (flag === "enable-admission-plugins" && /(^|,)Always(Admit|Deny)(,|$)/.test(given))
    return [{ where, given, rule: "must decide something: AlwaysAdmit and AlwaysDeny do not", fix: "remove them" }];
  if (flag === "tls-min-version" && !/^VersionTLS1[23]$/.test(given))
    return [{ where, given, rule: "must be VersionTLS12 or VersionTLS13", fix: "correct it" }];
  if (flag !== "feature-gates") return [];
  return given.split(",").flatMap((each) => {
    const [gate = "", on = "true"] = each.trim().split("=");
    return gateProblems(`${where}.${gate}`, gate, on !== "false");
  });
}

/** Gates that take a protection away when they are off; `All…` switches on what is unfinished. */
const KEPT_ON = ["RotateKubeletServerCertificate", "PodSecurity", "LegacyServiceAccountTokenNoAutoGeneration"];

/** What is wrong with a feature gate. */
export function gateProblems(where: string, gate: string, on: boolean): Problem[] {
  const problem = { where, given: String(on), fix: "remove it" };
  if (gate === "AllAlpha" || gate === "AllBeta") {
    const fix = "name the gates that you need";
    return [{ ...problem, rule: "must be one gate: what is unfinished changes with every version", fix }];
  }
  return on || !KEPT_ON.includes(gate) ? [] : [{ ...problem, rule: "takes a protection away" }];
}
