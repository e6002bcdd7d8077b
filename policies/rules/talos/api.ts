import { parameters } from "../../engine/parameters";
import { flagFault, type Flag } from "../../engine/library/flags";
import { without, machineWith } from "./examples";
import { flagsIn, patchLast, sections, talosRule } from "./talos-rule";
import { APPLY } from "../../engine/library/talos/config";

/** Who may ask the APIs of a machine, and what. */

export const rbac = talosRule({
  id: "talos-rbac",
  title: "Talos API RBAC on",
  severity: "critical",
  references: ["Talos RBAC"],
  fix: "remove the field; Talos sets it",
  docs: {
    why: "Without RBAC every client certificate of the Talos API is an administrator's: one that was made to read logs can wipe the machine.",
    pass: machineWith(),
    fail: machineWith({ machine: { features: { rbac: false } } }),
  },
  *check({ machine }) {
    const [roles, usage] = [machine.at("features", "rbac"), machine.at("features", "apidCheckExtKeyUsage")];
    if (roles.is(false)) yield { at: roles, message: "every client of the Talos API is an administrator" };
    if (usage.is(false)) yield { at: usage, message: "server certificates are accepted as client certificates" };
  },
});

const HARMLESS_ROLES = ["os:reader", "os:etcd:backup"];

export const apiAccess = talosRule({
  id: "talos-api-access",
  title: "Talos API from pods narrow",
  severity: "critical",
  references: ["Talos"],
  fix: "disable it, or allow only os:reader and os:etcd:backup in namespaces that are named",
  docs: {
    why: "Pods of the namespaces listed get credentials of the Talos API. With os:admin everybody who may create a pod there can control every machine.",
    pass: machineWith({ machine: { features: { kubernetesTalosAPIAccess: access(["os:etcd:backup"]) } } }),
    fail: machineWith({ machine: { features: { kubernetesTalosAPIAccess: access(["os:admin"]) } } }),
  },
  *check({ machine, documents }) {
    const classic = machine.at("features", "kubernetesTalosAPIAccess");
    const given = [...(classic.field("enabled").is(true) ? [classic] : []), ...documents("KubeTalosAPIAccessConfig")];
    for (const each of given) {
      if (each.field("enabled").is(false)) continue;
      const roles = each.field("allowedRoles");
      if (roles.items().length === 0) yield { at: roles, message: "the roles are not named" };
      for (const role of roles.items()) {
        if (!HARMLESS_ROLES.includes(role.text ?? ""))
          yield { at: role, message: `pods get the role ${role.text ?? ""}` };
      }
      const namespaces = each.field("allowedKubernetesNamespaces");
      if (namespaces.items().length === 0) yield { at: namespaces, message: "the namespaces are not named" };
      for (const at of namespaces.items()) {
        if (at.text === "" || at.text?.includes("*") === true) yield { at, message: "every namespace is allowed" };
      }
    }
  },
});

function access(allowedRoles: string[]): object {
  return { enabled: true, allowedRoles, allowedKubernetesNamespaces: ["backup"] };
}

const isTrue = ({ value }: Flag) => !/^(?:false|f|0)$/i.test(value);

export const anonymousAuth = talosRule({
  id: "talos-anonymous-auth",
  title: "No anonymous access",
  severity: "critical",
  references: ["CIS 1.2.1", "CIS 4.2.1", "CIS 4.2.2", "CIS 4.2.4"],
  fix: "remove the setting; Talos requires authentication",
  docs: {
    why: "Everybody who reaches the port of an API server or kubelet that admits anonymous requests can use its API; a kubelet runs commands in pods.",
    pass: machineWith(),
    fail: machineWith({ cluster: { apiServer: { extraArgs: { "anonymous-auth": "true" } } } }),
  },
  remediate({ type, object }) {
    if (type !== APPLY) return;
    const extraArgs = { "anonymous-auth": without, "authorization-mode": without, "read-only-port": without };
    const extraConfig = { authentication: without, authorization: without, readOnlyPort: without };
    patchLast(object, {
      machine: { kubelet: { extraArgs, extraConfig } },
      cluster: { apiServer: { extraArgs: { "anonymous-auth": without } } },
    });
  },
  *check(config) {
    const { machine, role } = config;
    if (role !== "worker") {
      for (const section of sections(config, "apiServer", "KubeAPIServerConfig")) {
        for (const flag of flagsIn(section.field("extraArgs"))) {
          if (flag.name === "anonymous-auth" && isTrue(flag))
            yield { at: flag.at, message: "anonymous requests are admitted" };
        }
      }
      for (const document of config.documents("KubeAuthenticationConfig")) {
        const anonymous = document.at("configuration", "anonymous");
        const enabled = anonymous.field("enabled");
        // with conditions it is for some paths: Talos asks for the health of the server that way
        if (enabled.on && anonymous.field("conditions").items().length === 0)
          yield { at: enabled, message: "anonymous requests are admitted" };
      }
    }
    for (const kubelet of [machine.field("kubelet"), ...config.documents("KubeletConfig")]) {
      for (const flag of flagsIn(kubelet.field("extraArgs"))) {
        const { name, value, at } = flag;
        if (name === "anonymous-auth" && isTrue(flag))
          yield { at, message: "everybody may use the API of the kubelet" };
        if (name === "authorization-mode" && value.includes("AlwaysAllow"))
          yield { at, message: "everything is allowed" };
        if (name === "read-only-port" && value !== "0")
          yield { at, message: "the kubelet answers without authorization" };
      }
      for (const extra of [kubelet.field("extraConfig"), kubelet.field("config")]) {
        const anonymous = extra.at("authentication", "anonymous", "enabled");
        if (anonymous.on) yield { at: anonymous, message: "everybody may use the API of the kubelet" };
        const mode = extra.at("authorization", "mode");
        if (mode.is("AlwaysAllow")) yield { at: mode, message: "everything is allowed" };
        const port = extra.field("readOnlyPort");
        if (port.on && !port.is(0)) yield { at: port, message: "the kubelet answers without authorization" };
      }
    }
  },
});

export const apiServerArgs = talosRule({
  id: "talos-apiserver-args",
  role: "controlplane",
  title: "API server flags safe",
  severity: "critical",
  references: ["CIS 1.2"],
  fix: "remove the flag",
  docs: {
    why: "A flag of the API server can disable what protects the cluster: authentication, authorization, admission, encryption.",
    pass: machineWith({ cluster: { apiServer: { extraArgs: { "oidc-issuer-url": "https://id.example.com" } } } }),
    fail: machineWith({ cluster: { apiServer: { extraArgs: { "authorization-mode": "AlwaysAllow" } } } }),
  },
  *check(config) {
    for (const section of sections(config, "apiServer", "KubeAPIServerConfig")) {
      for (const flag of flagsIn(section.field("extraArgs"))) {
        const fault = flagFault(flag, "apiServer");
        if (fault !== undefined) yield { at: flag.at, message: `--${flag.name}=${flag.value}: ${fault}` };
      }
    }
    const authorizers = config.cluster.at("apiServer", "authorizationConfig");
    for (const each of [...authorizers.items(), ...config.documents("KubeAuthorizerConfig")]) {
      const type = each.field("type");
      if (type.is("AlwaysAllow")) yield { at: type, message: "everything is allowed" };
    }
    const first = authorizers
      .items()
      .slice(0, 2)
      .map((each) => each.field("type").text);
    if (first.length > 0 && !(first.includes("Node") && first.includes("RBAC"))) {
      yield { at: authorizers, message: "Node and RBAC do not come first" };
    }
  },
});

const loopback = (value: string) => /^(?:127(?:\.\d+){3}|::1|\[::1\]|localhost)$/.test(value);

const PROFILING = parameters("talos-profiling", (z) => ({
  metrics: z
    .boolean()
    .describe("Whether metrics of controller manager and scheduler may be scraped from other machines."),
}));

export const profiling = talosRule({
  id: "talos-profiling",
  role: "controlplane",
  title: "Profiling off, loopback bind",
  severity: "low",
  references: ["CIS 1.3.2", "CIS 1.3.7", "CIS 1.4.1", "CIS 1.4.2"],
  fix: "remove the flag; metrics of a closed network are allowed by the parameter `metrics: true`",
  params: PROFILING,
  docs: {
    why: "Profiles show what is in the memory of a component. A controller manager or scheduler that listens on all addresses can be read by everybody who reaches the machine.",
    pass: machineWith({ cluster: { scheduler: { extraArgs: { "bind-address": "127.0.0.1" } } } }),
    fail: machineWith({ cluster: { scheduler: { extraArgs: { "bind-address": "0.0.0.0" } } } }),
  },
  remediate({ type, object }) {
    if (type !== APPLY) return;
    const extraArgs = { profiling: without, "bind-address": without, address: without };
    patchLast(object, {
      cluster: {
        apiServer: { extraArgs: { profiling: without } },
        controllerManager: { extraArgs },
        scheduler: { extraArgs },
      },
    });
  },
  *check(config, settings) {
    const { metrics = false } = PROFILING.of(settings);
    const components = [
      ["apiServer", "KubeAPIServerConfig"],
      ["controllerManager", "KubeControllerManagerConfig"],
      ["scheduler", "KubeSchedulerConfig"],
    ] as const;
    for (const [name, kind] of components) {
      for (const section of sections(config, name, kind)) {
        for (const flag of flagsIn(section.field("extraArgs"))) {
          if (flag.name === "profiling" && isTrue(flag))
            yield { at: flag.at, message: "profiles show what is in memory" };
          const bind = flag.name === "bind-address" || flag.name === "address";
          if (name !== "apiServer" && bind && !loopback(flag.value) && !metrics) {
            yield { at: flag.at, message: "it listens on addresses outside of the machine" };
          }
        }
      }
    }
  },
});
