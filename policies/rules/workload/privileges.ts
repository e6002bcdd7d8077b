import { deployment, secured } from "../../engine/library/examples";
import { podSpecIn, securityContextsIn } from "../../engine/library/pod-remediation";
import type { PodView } from "../../engine/pods";
import { section } from "../../engine/remediation";
import { podRule, type Violation } from "../../engine/rule";
import { securityContexts, settingOf, unlessOverridden, unlessUserNamespace, unlessWindows } from "./pod-security";

/** What a process in a container may do: capabilities, user, escalation. */

/** Capabilities the container runtime gives by default, but for NET_RAW. */
const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

function* added({ containers }: PodView, allowed: ReadonlySet<string>): Generator<Violation> {
  for (const { security } of containers) {
    for (const capability of security.at("capabilities", "add").items()) {
      const name = capability.text ?? "?";
      if (!allowed.has(name)) yield { at: capability, message: `the capability ${name} goes beyond what pods may add` };
    }
  }
}

export const capabilitiesBaseline = podRule({
  id: "pss-capabilities-baseline",
  group: "workload",
  title: "No added capability beyond the default set",
  severity: "high",
  profile: "baseline",
  references: ["PSS baseline", "CIS 5.2.9", "MTB PL1-BC-CPI-3"],
  fix: "remove it from capabilities.add",
  docs: {
    why: "Capabilities are pieces of root. SYS_ADMIN, NET_ADMIN, SYS_PTRACE or NET_RAW are enough to leave the container or to pose as its neighbours.",
    pass: deployment({ containers: [secured({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } })] }),
    fail: deployment({ containers: [secured({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } })] }),
  },
  *check(pod, settings) {
    yield* unlessOverridden(pod, settings, added(pod, DEFAULT_CAPABILITIES));
  },
});

const CAPABILITIES_RESTRICTED_FROM = 22;
const NET_BIND_SERVICE: ReadonlySet<string> = new Set(["NET_BIND_SERVICE"]);

export const capabilitiesRestricted = podRule({
  id: "pss-capabilities-restricted",
  group: "workload",
  title: "Drop ALL capabilities",
  severity: "medium",
  profile: "restricted",
  references: ["PSS restricted", "CIS 5.2.8", "CIS 5.2.9"],
  fix: 'set capabilities to drop: ["ALL"] and add at most NET_BIND_SERVICE',
  docs: {
    why: "A container keeps fourteen capabilities unless it drops them, and nearly none needs one.",
    pass: deployment(),
    fail: deployment({ containers: [secured({ capabilities: {} })] }),
  },
  remediate(remediation) {
    for (const context of securityContextsIn(remediation)) {
      const capabilities = section(context, "capabilities");
      if (capabilities === undefined) continue;
      const drop = capabilities["drop"];
      if (drop === undefined || drop === null) capabilities["drop"] = ["ALL"];
      else if (Array.isArray(drop) && !drop.includes("ALL")) drop.push("ALL");
    }
  },
  *check(pod, settings) {
    if (settings.policyVersion < CAPABILITIES_RESTRICTED_FROM) return;
    yield* unlessWindows(pod, settings, notDropped(pod));
    yield* unlessWindows(pod, settings, added(pod, NET_BIND_SERVICE));
  },
});

function* notDropped({ containers }: PodView): Generator<Violation> {
  for (const { security } of containers) {
    const drop = security.at("capabilities", "drop");
    const elements = drop.items();
    if (elements.some((each) => each.is("ALL"))) continue;
    yield { at: drop, message: "the container keeps the runtime's capabilities", unless: elements };
  }
}

const ESCALATION_FROM = 8;

export const privilegeEscalation = podRule({
  id: "pss-privilege-escalation",
  group: "workload",
  title: "allowPrivilegeEscalation false",
  severity: "high",
  profile: "restricted",
  references: ["PSS restricted", "CIS 5.2.6", "MTB PL1-BC-CPI-6", "C-0016", "CKV_K8S_20"],
  fix: "set allowPrivilegeEscalation: false",
  docs: {
    why: "Without it a process can gain the rights of a setuid file in its image, and so become root in the container.",
    pass: deployment(),
    fail: deployment({ containers: [secured({ allowPrivilegeEscalation: undefined })] }),
  },
  remediate(remediation) {
    for (const context of securityContextsIn(remediation)) context["allowPrivilegeEscalation"] = false;
  },
  *check(pod, settings) {
    if (settings.policyVersion >= ESCALATION_FROM) yield* unlessWindows(pod, settings, escalating(pod));
  },
});

function* escalating({ containers }: PodView): Generator<Violation> {
  for (const { security } of containers) {
    const field = security.field("allowPrivilegeEscalation");
    if (!field.is(false)) yield { at: field, message: "processes may gain more rights than their parent" };
  }
}

export const runAsNonRoot = podRule({
  id: "pss-run-as-non-root",
  group: "workload",
  title: "Runs as non-root",
  severity: "high",
  profile: "restricted",
  references: ["PSS restricted", "CIS 5.2.7", "MTB PL1-BC-CPI-4", "C-0013"],
  fix: "set securityContext.runAsNonRoot: true at the pod and remove what contradicts it",
  docs: {
    why: "Through a fault of the kernel, or a file of the node that is mounted, root in a container becomes root on the node. With runAsNonRoot the kubelet refuses to start an image that wants to be root.",
    pass: deployment(),
    fail: deployment({ containers: [secured({ runAsNonRoot: undefined })] }),
  },
  remediate(remediation) {
    const spec = podSpecIn(remediation);
    const context = spec === undefined ? undefined : section(spec, "securityContext");
    if (context === undefined) return;
    context["runAsNonRoot"] = true;
    for (const own of securityContextsIn(remediation)) if (own["runAsNonRoot"] === false) own["runAsNonRoot"] = true;
  },
  *check(pod, settings) {
    yield* unlessUserNamespace(pod, settings, asRoot(pod));
  },
});

function* asRoot(pod: PodView): Generator<Violation> {
  const message = "the container may run as root";
  const setting = settingOf(pod, "runAsNonRoot");
  const byPod = setting.pod.is(true);
  if (setting.pod.present && !byPod) yield { at: setting.pod, message };
  for (const { view } of setting.containers) {
    if (view.is(true) || (!view.present && byPod)) continue;
    yield view.present ? { at: view, message } : { at: view, message, unless: [setting.pod] };
  }
}

const RUN_AS_USER_FROM = 23;

export const runAsUser = podRule({
  id: "pss-run-as-user",
  group: "workload",
  title: "No UID 0",
  severity: "high",
  profile: "restricted",
  references: ["PSS restricted 1.23"],
  fix: "choose another UID or leave it to the image",
  docs: {
    why: "UID 0 is root, also where runAsNonRoot is set.",
    pass: deployment({ securityContext: { runAsUser: 65532 } }),
    fail: deployment({ securityContext: { runAsUser: 0 } }),
  },
  *check(pod, settings) {
    if (settings.policyVersion >= RUN_AS_USER_FROM) yield* unlessUserNamespace(pod, settings, asUserZero(pod));
  },
});

function* asUserZero(pod: PodView): Generator<Violation> {
  for (const context of securityContexts(pod)) {
    const user = context.field("runAsUser");
    if (user.present && (user.number === undefined || user.is(0)))
      yield { at: user, message: "the container runs as root" };
  }
}

/** Sources that bring no more than the pod was given by the API. */
const SAFE_VOLUMES: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const volumeTypes = podRule({
  id: "pss-volume-types",
  group: "workload",
  title: "Only safe volume types",
  severity: "medium",
  profile: "restricted",
  references: ["PSS restricted"],
  fix: "use a PersistentVolumeClaim or one of the sources of the API",
  docs: {
    why: "Volume types that name a server or a device bypass storage classes, quotas and the rules of who may mount what.",
    pass: deployment({ volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] }),
    fail: deployment({ volumes: [{ name: "data", nfs: { server: "192.0.2.7", path: "/" } }] }),
  },
  *check({ spec }) {
    for (const volume of spec.field("volumes").items()) {
      for (const [type, source] of volume.entries()) {
        if (type === "name" || SAFE_VOLUMES.has(type) || !source.present) continue;
        yield { at: source, message: `a volume of type ${type} bypasses storage classes and quotas` };
      }
    }
  },
});
