import type { View } from "../view";

/** A part of a control plane that takes flags. */
export type ControlPlaneComponent = "apiServer" | "controllerManager" | "scheduler" | "kine";

/** A command line flag and the element of the list that sets it. */
export interface Flag {
  /** Without its dashes, in lower case and with - for _. */
  readonly name: string;
  /** `true` for a flag without value. */
  readonly value: string;
  readonly at: View;
}

/** The flags in a list of arguments: `--name=value`, `--name value` and bare `--name`. */
export function flagsOf(list: View): Flag[] {
  const items = list.items();
  return items.flatMap((item, index) => {
    const text = item.text?.trim();
    const match = text === undefined ? null : /^--?([A-Za-z0-9_.-]+)(?:=([\s\S]*))?$/.exec(text);
    if (match?.[1] === undefined) return [];
    const next = items[index + 1]?.text;
    const following = next === undefined || next.startsWith("-") ? "true" : next;
    return [{ name: match[1].toLowerCase().replaceAll("_", "-"), value: (match[2] ?? following).trim(), at: item }];
  });
}

const isFalse = (value: string) => /^(?:false|f|0)$/i.test(value);

const listed = (value: string) => value.split(",").map((each) => each.trim());

/** Suites without forward secrecy, without authentication, or with a broken cipher. */
const WEAK_CIPHER = /_(?:RC4|3DES|DES|NULL|EXPORT|anon|MD5)_|^TLS_RSA_WITH_|_CBC_SHA(?:256)?$/i;

/** Admission plugins whose absence lets a tenant's node or pod do what it must not. */
const KEPT = ["NodeRestriction", "PodSecurity", "ResourceQuota", "LimitRanger", "ServiceAccount"];

type FlagCheck = (value: string, component: ControlPlaneComponent) => string | undefined;

const when = (bad: boolean, message: string) => (bad ? message : undefined);

const loopback = (value: string) => /^(?:127(?:\.\d+){3}|::1|\[::1\]|localhost)$/.test(value);

const bindAddress: FlagCheck = (value, component) =>
  when(
    (component === "controllerManager" || component === "scheduler") && !loopback(value),
    "it listens beyond the pod itself",
  );

/** What is wrong with a value of a flag. CIS 1.2 for the API server, 1.3 controller manager, 1.4 scheduler. */
const FLAG_CHECKS: Readonly<Record<string, FlagCheck>> = {
  "anonymous-auth": (value) => when(!isFalse(value), "anybody may ask"),
  "authorization-mode": (value) => {
    const modes = listed(value);
    if (modes.includes("AlwaysAllow")) return "everything is allowed";
    return when(!modes.includes("Node") || !modes.includes("RBAC"), "Node and RBAC are not both among the modes");
  },
  "enable-admission-plugins": (value) =>
    when(listed(value).includes("AlwaysAdmit"), "AlwaysAdmit lets everything through"),
  "disable-admission-plugins": (value) => {
    const dropped = listed(value).filter((plugin) => KEPT.includes(plugin));
    return when(dropped.length > 0, `${dropped.join(" and ")} must stay on`);
  },
  "token-auth-file": () => "tokens of a file never expire",
  "basic-auth-file": () => "passwords of a file never expire",
  profiling: (value) => when(!isFalse(value), "profiles show what is in memory"),
  "bind-address": bindAddress,
  address: bindAddress,
  "service-account-lookup": (value) => when(isFalse(value), "tokens of deleted accounts stay valid"),
  "tls-min-version": (value) => when(/^VersionTLS1[01]$/i.test(value), "TLS before 1.2 is broken"),
  "tls-cipher-suites": (value) => {
    const weak = listed(value).filter((suite) => WEAK_CIPHER.test(suite));
    return when(weak.length > 0, `${weak[0] ?? ""} is weak`);
  },
  "kubelet-certificate-authority": (value) => when(value === "", "kubelets are not verified"),
  "kubelet-https": (value) => when(isFalse(value), "kubelets are called unencrypted"),
  "always-allow-paths": (value) => when(/(?:^|,)\s*\/?\*/.test(value), "every path is open to anybody"),
  "use-service-account-credentials": (value) => when(isFalse(value), "all controllers share one identity"),
  "root-ca-file": (value) => when(value === "", "pods cannot verify the API server"),
  "encryption-provider-config": (value) => when(value === "", "Secrets are not encrypted at rest"),
  "feature-gates": (value) => {
    const off = listed(value).find((gate) =>
      /^(?:RotateKubeletServerCertificate|PodSecurity|LegacyServiceAccountTokenNoAutoGeneration)=false$/i.test(gate),
    );
    return when(off !== undefined, `${off ?? ""} takes a protection away`);
  },
};

/** What is wrong with a flag of a control plane's component; undefined when nothing is. */
export function flagFault({ name, value }: Flag, component: ControlPlaneComponent): string | undefined {
  if (name.startsWith("insecure-") || name === "insecure") {
    // port 0 and false are the ways to switch it off
    return when(!isFalse(value) && value !== "0", "it is insecure by its name");
  }
  const check = Object.hasOwn(FLAG_CHECKS, name) ? FLAG_CHECKS[name] : undefined;
  return check?.(value, component);
}
