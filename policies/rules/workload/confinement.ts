import { deployment, secured } from "../../engine/library/examples";
import { containersIn } from "../../engine/library/pod-remediation";
import type { PodView } from "../../engine/pods";
import { isFields } from "../../engine/remediation";
import { podRule, type Remediation, type Violation } from "../../engine/rule";
import { securityContexts, unlessUserNamespace, USER_NAMESPACES } from "./pod-security";

/** Kernel mechanisms that confine a container: AppArmor, SELinux, masked /proc, sysctls; seccomp has its own file. */

const PROFILES = ["RuntimeDefault", "Localhost"];

const APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

export const appArmor = podRule({
  id: "pss-apparmor",
  group: "workload",
  title: "AppArmor not switched off",
  severity: "medium",
  profile: "baseline",
  references: ["PSS baseline"],
  fix: "remove it, or choose RuntimeDefault or Localhost",
  docs: {
    why: "On nodes with AppArmor the runtime's profile keeps a container from mounting, tracing and writing where it should not. Unconfined switches that off for one pod, and no other check reports it.",
    pass: deployment({ containers: [secured({ appArmorProfile: { type: "RuntimeDefault" } })] }),
    fail: deployment({ containers: [secured({ appArmorProfile: { type: "Unconfined" } })] }),
  },
  *check(pod) {
    for (const context of securityContexts(pod)) {
      const profile = context.field("appArmorProfile");
      if (profile.present && !PROFILES.includes(profile.field("type").text ?? "")) {
        yield { at: profile.field("type"), message: "the container runs without an AppArmor profile" };
      }
    }
    for (const [name, value] of pod.metadata.field("annotations").entries()) {
      if (!name.startsWith(APPARMOR_ANNOTATION)) continue;
      const text = value.text ?? "";
      const confined = text === "" || text === "runtime/default" || text.startsWith("localhost/");
      if (!confined) yield { at: value, message: "the annotation takes the AppArmor profile from the container" };
    }
  },
});

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];
const ENGINE_TYPE_FROM = 31;

export const seLinux = podRule({
  id: "pss-selinux",
  group: "workload",
  title: "No custom SELinux user, role or type",
  severity: "medium",
  profile: "baseline",
  references: ["PSS baseline"],
  fix: "remove it, or use one of the container types",
  docs: {
    why: "SELinux keeps containers apart from each other and from the node by their type. A custom user, role or type weakens that isolation; spc_t ends it.",
    pass: deployment({ securityContext: { seLinuxOptions: { type: "container_t" } } }),
    fail: deployment({ securityContext: { seLinuxOptions: { type: "spc_t" } } }),
  },
  *check(pod, { policyVersion }) {
    const types = policyVersion >= ENGINE_TYPE_FROM ? [...SELINUX_TYPES, "container_engine_t"] : SELINUX_TYPES;
    for (const context of securityContexts(pod)) {
      const options = context.field("seLinuxOptions");
      if (!options.present) continue;
      const type = options.field("type");
      if (type.present && !types.includes(type.text ?? "?"))
        yield { at: type, message: "the SELinux type is not a container's" };
      for (const name of ["user", "role"]) {
        const field = options.field(name);
        if (field.present && !field.is("")) yield { at: field, message: `a custom SELinux ${name} is set` };
      }
    }
  },
});

function* unmaskedProc({ containers }: PodView): Generator<Violation> {
  for (const { security } of containers) {
    const field = security.field("procMount");
    if (field.present && !field.is("Default")) yield { at: field, message: "/proc of the kernel is not masked" };
  }
}

function maskProc(remediation: Remediation): void {
  for (const container of containersIn(remediation)) {
    const context = container["securityContext"];
    if (isFields(context)) delete context["procMount"];
  }
}

const procDocs = {
  why: "The masks over /proc hide kernel settings and memory that a container could read or write. Without them a container can change the node.",
  pass: deployment(),
  fail: deployment({ containers: [secured({ procMount: "Unmasked" })] }),
};

export const procMount = podRule({
  id: "pss-proc-mount",
  group: "workload",
  title: "Default /proc masks",
  severity: "high",
  profile: "baseline",
  references: ["PSS baseline"],
  fix: "remove procMount",
  docs: procDocs,
  remediate: maskProc,
  *check(pod, settings) {
    yield* unlessUserNamespace(pod, settings, unmaskedProc(pod));
  },
});

export const procMountRestricted = podRule({
  id: "pss-proc-mount-restricted",
  group: "workload",
  title: "Default /proc masks, even in a user namespace",
  severity: "medium",
  profile: "restricted",
  references: ["PSS restricted"],
  fix: "remove procMount",
  docs: procDocs,
  remediate: maskProc,
  *check(pod, { policyVersion }) {
    if (policyVersion >= USER_NAMESPACES) yield* unmaskedProc(pod);
  },
});

/** Names that are safe because each namespace has its own copy, by the version that added them. */
const SAFE_SYSCTLS: readonly (readonly [from: number, names: readonly string[]])[] = [
  [
    0,
    [
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_unprivileged_port_start",
    ],
  ],
  [27, ["net.ipv4.ip_local_reserved_ports"]],
  [
    29,
    [
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
    ],
  ],
  [32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]],
  [37, ["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"]],
];

export const sysctls = podRule({
  id: "pss-sysctls",
  group: "workload",
  title: "Only safe sysctls",
  severity: "high",
  profile: "baseline",
  references: ["PSS baseline", "CVE-2022-0811"],
  fix: "remove it, or set it on the node",
  docs: {
    why: "A sysctl that is not namespaced changes the kernel of the whole node; CVE-2022-0811 took nodes over through one.",
    pass: deployment({ securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } }),
    fail: deployment({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "65536" }] } }),
  },
  *check({ spec }, { policyVersion }) {
    const entries = spec.at("securityContext", "sysctls").items();
    if (entries.length === 0) return;
    const safe = SAFE_SYSCTLS.flatMap(([from, names]) => (from <= policyVersion ? names : []));
    for (const entry of entries) {
      const name = entry.field("name");
      if (!safe.includes(name.text ?? "")) yield { at: name, message: "the sysctl is not one of the safe ones" };
      // cr8escape: a runtime that joins settings by + and = takes the rest of such a value for other sysctls
      const value = entry.field("value");
      if (/[+=]/.test(value.text ?? ""))
        yield { at: value, message: "the value may set sysctls that it does not name" };
    }
  },
});
