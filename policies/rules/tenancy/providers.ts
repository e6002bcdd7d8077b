import { parameters, names } from "../../engine/parameters";
import { isFromRegistry, isMovingTag, parseImage } from "../../engine/library/images";
import { object } from "../../engine/library/examples";
import { objectRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";
import { isUrlAllowed } from "../../engine/library/urls";
import { isExactVersion } from "../../engine/versions";

const KINDS = ["Core", "Bootstrap", "ControlPlane", "Infrastructure", "Addon", "IPAM", "RuntimeExtension"].map(
  (kind) => `operator.cluster.x-k8s.io/${kind}Provider`,
);

const provider = (spec: object) =>
  object(
    "operator.cluster.x-k8s.io/v1alpha2",
    "CoreProvider",
    { spec },
    { name: "cluster-api", namespace: "capi-system" },
  );

const PINNED = parameters("capi-providers-pinned", (z) => ({
  urls: names(z).describe("URL prefixes that manifests of providers may come from."),
}));

export const providersPinned = objectRule({
  id: "capi-providers-pinned",
  group: "tenancy",
  title: "Provider versions pinned",
  severity: "high",
  references: ["SLSA"],
  kinds: KINDS,
  fix: "set spec.version to an exact release, fetch from an allowed source, and name a Secret in configSecret",
  params: PINNED,
  docs: {
    why: "The operator fetches a provider's manifests and applies them with all rights. Without a version it takes the newest one, at any time.",
    pass: provider({ version: "v1.13.5" }),
    fail: provider({}),
  },
  *check({ spec }, settings) {
    const version = spec.field("version");
    if (version.text === undefined || !isExactVersion(version.text))
      yield { at: version, message: "no exact release is named" };
    const fetched = spec.field("fetchConfig");
    yield* urlFaults(fetched.field("url"), settings);
    yield* imageFaults(fetched.field("oci"), settings);
    const secret = spec.field("configSecret");
    if (typeof secret.value === "string")
      yield { at: secret, message: "the configuration is in the object instead of a Secret" };
    else {
      for (const [name, view] of secret.entries()) {
        if (name !== "name" && name !== "namespace")
          yield { at: view, message: "the configuration is in the object instead of a Secret" };
      }
    }
  },
});

function* urlFaults(url: View, settings: Settings): Generator<Violation> {
  const { text } = url;
  if (text === undefined) return;
  if (!text.startsWith("https://")) return yield { at: url, message: "the manifests do not come over https" };
  if (/\/latest(?:\/|$)/.test(text)) yield { at: url, message: "the address always names the newest release" };
  const lists = [PINNED.of(settings).urls ?? [], settings.chartRepos ?? [], settings.registries ?? []];
  const known = lists.flat();
  if (known.length > 0 && !isUrlAllowed(text, known)) yield { at: url, message: "the source is not allowed" };
}

function* imageFaults(oci: View, settings: Settings): Generator<Violation> {
  if (oci.text === undefined) return;
  const image = parseImage(oci.text.replace(/^oci:\/\//, ""));
  if (image === undefined || (image.digest === undefined && isMovingTag(image.tag))) {
    yield { at: oci, message: "the artifact has no fixed tag" };
  }
  if (image !== undefined && settings.registries !== undefined && !isFromRegistry(image, settings.registries)) {
    yield { at: oci, message: "the artifact comes from a registry that is not allowed" };
  }
}
