import { deployment, secured } from "../../engine/library/examples";
import { podSpecIn, securityContextsIn } from "../../engine/library/pod-remediation";
import type { PodView } from "../../engine/pods";
import { isFields, section } from "../../engine/remediation";
import { podRule, type Violation } from "../../engine/rule";
import type { View } from "../../engine/view";
import { securityContexts, unlessOverridden, unlessWindows } from "./pod-security";

const PROFILES = ["RuntimeDefault", "Localhost"];

const SECCOMP_FIELD_FROM = 19;
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

export const seccompBaseline = podRule({
  id: "pss-seccomp-baseline",
  group: "workload",
  title: "Seccomp not Unconfined",
  severity: "high",
  profile: "baseline",
  references: ["PSS baseline", "CIS 5.6.2", "C-0210"],
  fix: "set the type RuntimeDefault",
  docs: {
    why: "The runtime's seccomp profile blocks some sixty system calls that containers do not need and that kernel exploits begin with. Unconfined lets them all through.",
    pass: deployment(),
    fail: deployment({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
  },
  remediate(remediation) {
    const spec = podSpecIn(remediation);
    const contexts = [...securityContextsIn(remediation), spec?.["securityContext"]].filter(isFields);
    for (const context of contexts) {
      const profile = context["seccompProfile"];
      if (isFields(profile) && profile["type"] === "Unconfined") context["seccompProfile"] = { type: "RuntimeDefault" };
    }
  },
  *check(pod, settings) {
    const { policyVersion } = settings;
    const found = policyVersion >= SECCOMP_FIELD_FROM ? unconfinedFields(pod) : unconfinedAnnotations(pod);
    yield* unlessOverridden(pod, settings, found);
  },
});

function* unconfinedFields(pod: PodView): Generator<Violation> {
  for (const context of securityContexts(pod)) {
    const profile = context.field("seccompProfile");
    if (profile.present && !PROFILES.includes(profile.field("type").text ?? "")) {
      yield { at: profile.field("type"), message: "system calls are not filtered" };
    }
  }
}

/** Before v1.19 the profile was an annotation. */
function* unconfinedAnnotations({ metadata, containers }: PodView): Generator<Violation> {
  const annotations = metadata.field("annotations");
  const names = containers.map(({ view }) => `${SECCOMP_CONTAINER}${view.field("name").text ?? ""}`);
  for (const name of new Set([SECCOMP_POD, ...names])) {
    const value = annotations.field(name);
    if (!value.present) continue;
    const text = value.text ?? "";
    const confined = text === "runtime/default" || text === "docker/default" || text.startsWith("localhost/");
    if (!confined) yield { at: value, message: "the annotation switches the filter of system calls off" };
  }
}

export const seccompRestricted = podRule({
  id: "pss-seccomp-restricted",
  group: "workload",
  title: "Seccomp set",
  severity: "high",
  profile: "restricted",
  references: ["PSS restricted", "CIS 5.6.2"],
  fix: "set securityContext.seccompProfile.type of the pod to RuntimeDefault",
  docs: {
    why: "Without a profile a container may use every system call, unless its node happens to be configured otherwise.",
    pass: deployment(),
    fail: deployment({ containers: [secured({ seccompProfile: undefined })] }),
  },
  remediate(remediation) {
    const spec = podSpecIn(remediation);
    const context = spec === undefined ? undefined : section(spec, "securityContext");
    if (context === undefined) return;
    const good = (profile: unknown) => isFields(profile) && PROFILES.includes(String(profile["type"]));
    if (!good(context["seccompProfile"]) && (context["seccompProfile"] ?? undefined) === undefined) {
      context["seccompProfile"] = { type: "RuntimeDefault" };
    }
    for (const own of [context, ...securityContextsIn(remediation)]) {
      const profile = own["seccompProfile"];
      if (isFields(profile) && !good(profile)) own["seccompProfile"] = { type: "RuntimeDefault" };
    }
  },
  *check(pod, settings) {
    if (settings.policyVersion < SECCOMP_FIELD_FROM) return;
    yield* unlessWindows(pod, settings, unfiltered(pod));
  },
});

function* unfiltered(pod: PodView): Generator<Violation> {
  const message = "system calls are not filtered";
  const ofPod = pod.spec.at("securityContext", "seccompProfile");
  const valid = (profile: View) => PROFILES.includes(profile.field("type").text ?? "");
  const byPod = ofPod.present && valid(ofPod);
  if (ofPod.present && !byPod) yield { at: ofPod.field("type"), message };
  for (const { security } of pod.containers) {
    const own = security.field("seccompProfile");
    if (own.present && !valid(own)) yield { at: own.field("type"), message };
    else if (!own.present && !byPod) yield { at: own, message, unless: [ofPod, ofPod.field("type")] };
  }
}
