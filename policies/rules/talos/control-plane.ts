import { parameters, names } from "../../engine/parameters";
import { APPLY } from "../../engine/library/talos/config";
import { machineWith, without } from "./examples";
import { POD_SECURITY } from "../../engine/library/talos/generated";
import type { Violation } from "../../engine/rule";
import type { View } from "../../engine/view";
import { flagsIn, patchLast, talosRule } from "./talos-rule";

/** What a control plane keeps and admits. */

export const secretbox = talosRule({
  id: "talos-secretbox",
  role: "controlplane",
  title: "etcd secrets encrypted",
  severity: "critical",
  references: ["CIS 1.2.27", "CIS 1.2.28"],
  fix: "keep the generated secretboxEncryptionSecret",
  docs: {
    why: "Secrets are stored unencrypted in etcd, and in every backup of it, unless the API server encrypts them. AES-CBC alone is vulnerable to padding attacks.",
    pass: machineWith(),
    fail: machineWith({ cluster: { secretboxEncryptionSecret: without, aescbcEncryptionSecret: "kept elsewhere" } }),
  },
  *check({ cluster, documents }) {
    const [document] = documents("KubeEtcdEncryptionConfig");
    if (document !== undefined) {
      yield* weakEncryption(document.at("config", "resources"));
      return;
    }
    const at = cluster.field("secretboxEncryptionSecret");
    const weak = cluster.field("aescbcEncryptionSecret").present;
    if (!at.present || at.is(""))
      yield { at, message: weak ? "Secrets are encrypted by AES-CBC alone" : "Secrets are stored unencrypted" };
  },
});

/** What Secrets are written with is the first provider that is for them. */
function* weakEncryption(resources: View): Generator<Violation> {
  const secrets = resources.items().find((each) => {
    return each
      .field("resources")
      .texts()
      .some((name) => ["secrets", "*.", "*.*"].includes(name));
  });
  const first = secrets?.field("providers").items()[0];
  if (first === undefined || first.field("identity").present)
    yield { at: first ?? resources, message: "Secrets are stored unencrypted", missing: true };
  else if (first.field("aescbc").present) yield { at: first, message: "Secrets are encrypted by AES-CBC alone" };
}

const ENFORCED = ["baseline", "restricted"];

/** Modes of the admission, with the levels that are enough. */
const MODES: readonly (readonly [mode: string, enough: readonly string[]])[] = [
  ["enforce", ENFORCED],
  ["audit", ["restricted"]],
  ["warn", ["restricted"]],
];

const POD_SECURITY_PARAMS = parameters("talos-pod-security", (z) => ({
  namespaces: names(z).describe("Namespaces that admission may exempt, beside the privileged ones."),
}));

export const podSecurity = talosRule({
  id: "talos-pod-security",
  role: "controlplane",
  title: "PodSecurity default kept",
  severity: "high",
  references: ["CIS 5.2.1"],
  fix: "keep the generated admissionControl; list privileged namespaces in privilegedNamespaces of the configuration",
  params: POD_SECURITY_PARAMS,
  docs: {
    why: "The admission of the API server is the last check that refuses a privileged pod, also where the policies of the pipeline did not run.",
    pass: machineWith(),
    fail: machineWith({
      cluster: {
        apiServer: {
          admissionControl: [{ name: "PodSecurity", configuration: { defaults: { enforce: "privileged" } } }],
        },
      },
    }),
  },
  remediate({ type, object, settings }) {
    if (type !== APPLY) return;
    const namespaces = ["kube-system", ...settings.privilegedNamespaces];
    const configuration = { ...POD_SECURITY, exemptions: { usernames: [], runtimeClasses: [], namespaces } };
    const extraArgs = { "enable-admission-plugins": without, "disable-admission-plugins": without };
    patchLast(object, {
      cluster: { apiServer: { admissionControl: without, disablePodSecurityPolicy: true, extraArgs } },
    });
    patchLast(object, { cluster: { apiServer: { admissionControl: [{ name: "PodSecurity", configuration }] } } });
  },
  *check({ cluster, documents }, settings) {
    const server = cluster.field("apiServer");
    const classic = server.field("disablePodSecurityPolicy");
    if (classic.is(false)) yield { at: classic, message: "PodSecurityPolicy is enabled, which no longer exists" };
    for (const flag of flagsIn(server.field("extraArgs"))) {
      const always = flag.name === "enable-admission-plugins" && flag.value.includes("AlwaysAdmit");
      const never = flag.name === "disable-admission-plugins" && flag.value.includes("PodSecurity");
      if (always || never) yield { at: flag.at, message: "pods are admitted without a check" };
    }
    const plugins = server.field("admissionControl");
    const given = [...plugins.items(), ...documents("KubeAdmissionControlConfig")];
    const plugin = given.find((each) => each.field("name").is("PodSecurity"));
    if (plugin === undefined) {
      yield { at: plugins, message: "PodSecurity is not configured" };
      return;
    }
    const defaults = plugin.at("configuration", "defaults");
    for (const [mode, enough] of MODES) {
      const level = defaults.field(mode);
      if (!enough.includes(level.text ?? "")) yield { at: level, message: `${mode} is not ${enough.join(" or ")}` };
      const version = defaults.field(`${mode}-version`);
      if (!version.present) yield { at: version, message: `${mode} has no version` };
    }
    const allowed = [
      "kube-system",
      ...settings.privilegedNamespaces,
      ...(POD_SECURITY_PARAMS.of(settings).namespaces ?? []),
    ];
    for (const at of plugin.at("configuration", "exemptions", "namespaces").items()) {
      if (!allowed.includes(at.text ?? ""))
        yield { at, message: `pods of ${at.text ?? ""} are admitted without a check` };
    }
    for (const list of ["usernames", "runtimeClasses"]) {
      for (const at of plugin.at("configuration", "exemptions", list).items()) yield { at, message: "it is exempted" };
    }
  },
});

export const auditPolicy = talosRule({
  id: "talos-audit-policy",
  role: "controlplane",
  title: "Audit policy",
  severity: "high",
  references: ["CIS 3.2.1"],
  fix: "keep the generated auditPolicy, which logs the metadata of every request",
  docs: {
    why: "After an incident only the audit log shows which account made which request. A policy that leaves out Secrets does not show which of them were read.",
    pass: machineWith(),
    fail: machineWith({
      cluster: {
        apiServer: { auditPolicy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "None" }] } },
      },
    }),
  },
  *check({ cluster, documents }) {
    const given = documents("KubeAuditPolicyConfig").map((document) => document.field("configuration"));
    const policy = given[0] ?? cluster.at("apiServer", "auditPolicy");
    if (!policy.present) {
      yield { at: policy, message: "nothing is logged" };
      return;
    }
    const rules = policy.field("rules");
    const logs = rules.items().filter((rule) => !rule.field("level").is("None"));
    if (rules.items().length === 0 || logs.length === 0) yield { at: rules, message: "nothing is logged" };
    for (const rule of rules.items()) {
      const [level, resources] = [rule.field("level"), rule.field("resources")];
      const narrowed = ["users", "userGroups", "verbs", "namespaces", "nonResourceURLs"].some(
        (name) => rule.field(name).items().length > 0,
      );
      const touchesSecrets = resources.items().some((each) => {
        const names = each.field("resources").texts();
        const core = (each.field("group").text ?? "") === "";
        return core && (names.length === 0 || names.includes("secrets") || names.includes("*"));
      });
      if (!level.is("None")) continue;
      if (touchesSecrets) yield { at: level, message: "requests for Secrets are not logged" };
      else if (resources.items().length === 0 && !narrowed && logs.length > 0)
        yield { at: level, message: "the rule drops every request" };
    }
  },
});

export const scheduling = talosRule({
  id: "talos-scheduling",
  role: "controlplane",
  title: "No tenant pods on control plane",
  severity: "medium",
  references: ["isolation"],
  fix: "set allowSchedulingOnControlPlanes to false, and add workers",
  docs: {
    why: "A tenant's virtual machine beside etcd competes with it for disk and memory. A guest that breaks out of it can read the keys of the cluster.",
    pass: machineWith(),
    fail: machineWith({ cluster: { allowSchedulingOnControlPlanes: true } }),
  },
  *check({ cluster, documents }) {
    const message = "workloads run beside etcd";
    for (const name of ["allowSchedulingOnControlPlanes", "allowSchedulingOnMasters"]) {
      const at = cluster.field(name);
      if (at.on) yield { at, message };
    }
    for (const node of documents("KubeNodeConfig")) {
      const at = node.at("taints", "node-role.kubernetes.io/control-plane");
      if (!/(?:^|:)No(?:Schedule|Execute)$/.test(at.text ?? "")) yield { at, message };
    }
  },
});

export const etcdSubnets = talosRule({
  id: "talos-etcd-subnets",
  role: "controlplane",
  title: "etcd bound and mTLS",
  severity: "high",
  references: ["CIS 2.1", "CIS 2.2", "CIS 2.5"],
  fix: "set advertisedSubnets and listenSubnets to the network of the machines, and remove flags about TLS and addresses",
  docs: {
    why: "Everybody who can write to etcd is administrator of the cluster. It must listen on the network of the machines alone, and require client certificates.",
    pass: machineWith(),
    fail: machineWith({ cluster: { etcd: { listenSubnets: without } } }),
  },
  *check({ cluster }) {
    const etcd = cluster.field("etcd");
    for (const name of ["advertisedSubnets", "listenSubnets"]) {
      const subnets = etcd.field(name);
      if (subnets.items().length === 0) yield { at: subnets, message: "etcd may take any address of the machine" };
      for (const at of subnets.items()) {
        if (/\/0$/.test(at.text ?? "")) yield { at, message: "it is every network" };
      }
    }
    for (const { name, value, at } of flagsIn(etcd.field("extraArgs"))) {
      const listens = name.startsWith("listen-client") || name.startsWith("listen-peer");
      if (listens && /0\.0\.0\.0|\[::\]/.test(value)) yield { at, message: "etcd listens on every address" };
      if (/auto-tls$/.test(name) && !/^false$/i.test(value))
        yield { at, message: "certificates are generated, not verified" };
      if (/client-cert-auth$/.test(name) && /^false$/i.test(value))
        yield { at, message: "no client certificate is required" };
      if (/^http:/.test(value) && name.includes("client-urls"))
        yield { at, message: "clients are answered unencrypted" };
    }
  },
});
