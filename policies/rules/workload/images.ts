import { parameters, names, textsByName } from "../../engine/parameters";
import { podsOf } from "../../engine/pods";
import { container, deployment, IMAGE } from "../../engine/library/examples";
import { imagesOf } from "../../engine/library/image-views";
import { isFromRegistry, isMovingTag, isPinnedDigest, parseImage } from "../../engine/library/images";
import { containersIn } from "../../engine/library/pod-remediation";
import { resourceRule, type ResourceRule, type RuleFacts, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

const KINDS = ["KamajiControlPlane", "TenantControlPlane"];

/** A rule about every image that anything runs. */
function imageRule(
  rule: RuleFacts & {
    readonly check: (reference: View, text: string, settings: Settings, target: Target) => Iterable<Violation>;
  },
): ResourceRule {
  const { check, ...facts } = rule;
  return resourceRule({
    ...facts,
    types: ["Pods", "virtual machines", "hosted control planes"],
    on: ({ workload, custom, kind }) => workload || custom || KINDS.includes(kind),
    *check(target, settings) {
      for (const { reference } of target.memo(imagesOf)) {
        const { word: text } = reference;
        if (text !== undefined && text !== "") yield* check(reference, text, settings, target);
      }
    },
  });
}

const withImage = (image: string) => deployment({ containers: [container({ image })] });

export const imageTag = imageRule({
  id: "image-tag-pinned",
  group: "workload",
  title: "Image tag pinned",
  severity: "high",
  references: ["CIS 5.5.1", "CKV_K8S_14", "KSV-0013"],
  fix: "name a version, best with its digest",
  docs: {
    why: "A tag like latest can name another image tomorrow: two nodes then run two versions, and a rollback does not restore the old one.",
    pass: withImage("registry.example:5000/shop/web:1.4.2"),
    fail: withImage("registry.example:5000/shop/web"),
  },
  *check(at, text) {
    const image = parseImage(text);
    const pinned = image !== undefined && (image.digest !== undefined || !isMovingTag(image.tag));
    if (!pinned) yield { at, message: `${text.slice(0, 200)} can be moved to another image` };
  },
});

export const imageDigest = imageRule({
  id: "image-digest",
  group: "workload",
  title: "Image pinned by digest",
  severity: "medium",
  references: ["CKV_K8S_43", "SLSA"],
  fix: "append @sha256:… of the image that was tested, e.g. from the lock file",
  docs: {
    why: "Everybody who can push an image can move a tag. A digest identifies the content: the image that runs is the one that was tested.",
    pass: withImage(IMAGE),
    fail: withImage("registry.example/shop/web:1.4.2"),
  },
  *check(at, text, _settings, target) {
    if (isPinnedDigest(parseImage(text)?.digest)) return;
    const message = `${text.slice(0, 200)} is not pinned to its content`;
    yield { at, message, ...(target.memo(isPowerful) ? { severity: "high" } : {}) };
  },
});

/** Whether what runs there holds the keys of a cluster or of a node. */
function isPowerful(target: Target): boolean {
  if (KINDS.includes(target.kind)) return true;
  return podsOf(target).some((pod) => {
    return pod.containers.some(({ security }) => {
      const privileged = security.field("privileged");
      return !privileged.unreadable && privileged.is(true);
    });
  });
}

const REGISTRIES = parameters("image-registry", (z) => ({
  registries: names(z).describe("Host and path prefixes images may come from, where `registries` is not set."),
  mirrors: textsByName(z).describe("Where an image has its copy: `<from prefix>: <to prefix>`; for the remediation."),
}));

export const imageRegistry = imageRule({
  id: "image-registry",
  group: "workload",
  title: "Image from an allowed registry",
  severity: "critical",
  references: ["C-0001", "C-0078", "gatekeeper k8sallowedrepos"],
  fix: "use the mirror, or add the registry to `registries`",
  params: REGISTRIES,
  docs: {
    why: "An image from any registry is code that was not reviewed. A name that only looks like a trusted registry is not one.",
    pass: { resources: [withImage(IMAGE)], config: { registries: ["registry.example"] } },
    fail: {
      resources: [withImage(IMAGE.replace("registry.example", "registry.example.evil.test"))],
      config: { registries: ["registry.example"] },
    },
  },
  /** Only with a parameter `mirrors`, { "<from prefix>": "<to prefix>" }: nothing else says where an image has its twin. */
  remediate(remediation) {
    const { mirrors } = REGISTRIES.of(remediation.settings);
    if (mirrors === undefined) return;
    for (const each of containersIn(remediation)) {
      const image = each["image"];
      if (typeof image !== "string") continue;
      const moved = mirrored(image, mirrors);
      if (moved !== undefined) each["image"] = moved;
    }
  },
  *check(at, text, settings) {
    const allowed = settings.registries ?? REGISTRIES.of(settings).registries ?? [];
    if (settings.registries === undefined && allowed.length === 0) return;
    const image = parseImage(text);
    if (image === undefined || !isFromRegistry(image, allowed)) {
      yield { at, message: `${text.slice(0, 200)} does not come from an allowed registry` };
    }
  },
});

function mirrored(text: string, mirrors: Readonly<Record<string, string>>): string | undefined {
  const image = parseImage(text);
  if (image === undefined) return undefined;
  for (const [from, to] of Object.entries(mirrors)) {
    if (!isFromRegistry(image, [from])) continue;
    const rest = `${image.registry}/${image.repository}`.slice(from.replace(/\/+$/, "").length);
    const tag = image.tag === undefined ? "" : `:${image.tag}`;
    return `${to.replace(/\/+$/, "")}${rest}${tag}${image.digest === undefined ? "" : `@${image.digest}`}`;
  }
  return undefined;
}

export const imagePullPolicy = resourceRule({
  id: "image-pull-policy",
  group: "workload",
  title: "Pull policy fits the tag",
  severity: "low",
  references: ["MTB PL1-BC-DI-1", "C-0075", "CKV_K8S_15"],
  types: ["Pods", "virtual machines"],
  fix: "set imagePullPolicy: Always, or pin the image by digest",
  docs: {
    why: "An image under a tag that is already on the node is run without asking the registry: without its newest content, and by pods that may not pull it at all.",
    pass: deployment({ containers: [container({ image: "registry.example/web:1.4", imagePullPolicy: "Always" })] }),
    fail: deployment({
      containers: [container({ image: "registry.example/web:1.4", imagePullPolicy: "IfNotPresent" })],
    }),
  },
  remediate(remediation) {
    for (const each of containersIn(remediation)) {
      const image = each["image"];
      if (typeof image === "string" && parseImage(image)?.digest === undefined) each["imagePullPolicy"] = "Always";
    }
  },
  on: ({ workload, custom }) => workload || custom,
  *check(target) {
    for (const { reference, pullPolicy } of target.memo(imagesOf)) {
      const { word: text } = reference;
      if (text === undefined || pullPolicy === undefined) continue;
      const image = parseImage(text);
      if (image === undefined || image.digest !== undefined || pullPolicy.is("Always")) continue;
      // the API server itself chooses Always for latest where nothing is said
      if (!pullPolicy.present && (image.tag === undefined || image.tag === "latest")) continue;
      yield { at: pullPolicy, message: "an image already on the node is run without asking the registry" };
    }
  },
});
