import { names, parameters } from "../../engine/parameters";
import { isTenants, layerOf } from "../../engine/layers";
import { resourceRule } from "../../engine/rule";
import { isInsideTenant } from "../../engine/library/tenants";
import type { View } from "../../engine/view";
import { CONFIG_MAP, configMap, registered } from "./examples";

/** Which providers there are, and which of them a resource uses. */

const PROVIDER = "pulumi:providers:";
const KUBERNETES = "pulumi:providers:kubernetes";

/** Where Pulumi itself and the maintainers of its community packages publish plugins. */
const SOURCES = [
  "https://get.pulumi.com",
  "https://api.pulumi.com",
  "github://api.github.com/pulumi",
  "github://api.github.com/pulumiverse",
];

const ALLOWED = parameters("pulumi-provider-allowed", (z) => ({
  downloadUrls: names(z).describe("Addresses that plugins may come from, beside those of Pulumi."),
}));

export const providerAllowed = resourceRule({
  id: "pulumi-provider-allowed",
  group: "pulumi",
  title: "Providers allow-listed",
  severity: "critical",
  references: ["supply chain"],
  types: [`${PROVIDER}*`],
  on: ({ type }) => type.startsWith(PROVIDER),
  fix: "list package and exact version in `providers`, and other download addresses in the parameter `downloadUrls`",
  params: ALLOWED,
  docs: {
    why: "A provider is a program with the rights and the secrets of the deployment. A transitive dependency should not decide which ones run, and in which version.",
    pass: {
      resources: [registered(KUBERNETES, { version: "4.34.2" })],
      config: { providers: { kubernetes: "4.34.2" } },
    },
    fail: {
      resources: [registered(KUBERNETES, { version: "4.10.0" })],
      config: { providers: { kubernetes: "4.34.2" } },
    },
  },
  *check({ type, root }, settings) {
    const name = type.slice(PROVIDER.length);
    const version = root.field("version");
    const expected = settings.providers;
    if (expected !== undefined && !Object.hasOwn(expected, name)) {
      yield { at: root, message: `the package ${name} is not in the list` };
    } else if (expected !== undefined) {
      const wanted = expected[name] ?? "";
      if (plain(version.text) !== plain(wanted)) yield { at: version, message: `the version is not ${wanted}` };
    } else if (version.text !== undefined && !/^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(version.text)) {
      yield { at: version, message: "the version is not exact" };
    }
    const url = root.field("pluginDownloadURL");
    const sources = [...SOURCES, ...(ALLOWED.of(settings).downloadUrls ?? [])];
    const known = sources.some((source) => url.text === source || url.text?.startsWith(`${source}/`) === true);
    if (url.present && !url.is("") && !known)
      yield { at: url, message: "the plugin comes from an address that is not in the list" };
  },
});

function plain(version: string | undefined): string | undefined {
  return version?.replace(/^v/, "");
}

export const explicitProvider = resourceRule({
  id: "pulumi-explicit-provider",
  group: "pulumi",
  title: "Explicit Kubernetes provider",
  severity: "critical",
  references: ["wrong-cluster accident"],
  types: ["kubernetes:*"],
  on: ({ type }) => type.startsWith("kubernetes:"),
  fix: "make a provider from the kubeconfig of the cluster that is meant, and pass it in the options",
  docs: {
    why: "The default provider deploys to the current cluster of the kubeconfig on the machine where the program runs.",
    pass: registered(CONFIG_MAP, configMap),
    fail: registered(CONFIG_MAP, configMap, { provider: { type: KUBERNETES, name: "default_4_34_2" } }),
  },
  *check(target, settings) {
    const { resource, embedded, root } = target;
    if (!resource.fromEngine || embedded) return;
    const { provider } = resource;
    if (provider === undefined || /^default(?:_|$)/.test(provider.name)) {
      yield { at: root, message: "it is deployed to the current cluster of the environment" };
      return;
    }
    const layer = layerOf(resource);
    const inside = isInsideTenant(target, settings);
    if ((layer === "base" || layer === "platform") && inside && !isTenants(target, settings)) {
      yield {
        at: root,
        message: `it belongs to the platform and is deployed to a tenant's cluster by ${provider.name}`,
      };
    }
  },
});

const isTrue = (view: View) => view.is(true) || view.is("true");
const isFalse = (view: View) => view.is(false) || view.is("false");

export const providerSafe = resourceRule({
  id: "pulumi-provider-safe",
  group: "pulumi",
  title: "Kubernetes provider options safe",
  severity: "high",
  references: ["pulumi-kubernetes options"],
  types: [KUBERNETES],
  on: ({ type }) => type === KUBERNETES,
  fix: "remove the option, and set clusterIdentifier to the name of the cluster",
  docs: {
    why: "These options write Secrets to the disk, take over objects of others, remove unreachable objects from the state, or let a changed kubeconfig deploy everything to another cluster.",
    pass: registered(KUBERNETES, { clusterIdentifier: "management" }),
    fail: registered(KUBERNETES, { clusterIdentifier: "management", renderYamlToDirectory: "rendered" }),
  },
  *check({ root }) {
    const rendered = root.field("renderYamlToDirectory");
    if (rendered.on && !rendered.is("")) yield { at: rendered, message: "Secrets are written to the disk unencrypted" };
    const risks = {
      upsertExistingObjects: "objects of others are taken over",
      enablePatchForce: "fields of others are taken over",
      deleteUnreachable: "objects that are unreachable for a moment are removed from the state",
    };
    for (const [name, message] of Object.entries(risks)) {
      const at = root.field(name);
      if (isTrue(at)) yield { at, message };
    }
    const apply = root.field("enableServerSideApply");
    if (isFalse(apply)) yield { at: apply, message: "conflicts with other owners of a field are not seen" };
    const identifier = root.field("clusterIdentifier");
    if (!identifier.present || identifier.is(""))
      yield { at: identifier, message: "a changed kubeconfig replaces every object" };
  },
});

const REFERENCE = "pulumi:pulumi:StackReference";

const reference = (stack: string) => ({
  type: REFERENCE,
  name: stack,
  urn: `urn:pulumi:tenant.prod.acme::firmament::${REFERENCE}::${stack}`,
  props: { name: `organization/firmament/${stack}` },
});

const REFERENCES = parameters("pulumi-stack-reference", (z) => ({
  stacks: names(z).describe("Stacks whose outputs may be read, instead of those of the layers."),
}));

export const stackReference = resourceRule({
  id: "pulumi-stack-reference",
  group: "pulumi",
  title: "Stack references narrow",
  severity: "high",
  references: ["T3"],
  types: [REFERENCE],
  on: ({ type }) => type === REFERENCE,
  fix: "read the contract of the layer below, or list the stack in the parameter `stacks`",
  params: REFERENCES,
  docs: {
    why: "A program that reads the outputs of a stack reads its secrets: from the base stack a tenant would get the keys of every machine, from another tenant's stack the access to its cluster.",
    pass: reference("platform.prod"),
    fail: reference("base.prod"),
  },
  *check(target, settings) {
    const at = target.root.field("name");
    const name = at.text ?? target.resource.name;
    const stack = name.split("/").at(-1) ?? name;
    const { stacks: listed = [] } = REFERENCES.of(settings);
    if (listed.some((each) => each === name || each === stack)) return;
    if (listed.length > 0) {
      yield { at, message: `${stack} is not in the list` };
      return;
    }
    const own = /^urn:pulumi:([^:]+)::/.exec(target.resource.urn ?? "")?.[1];
    const fault = referenceFault(own, stack);
    if (fault !== undefined) yield { at, message: fault };
  },
});

/** A layer reads itself and the one below of the same cloud. */
function referenceFault(own: string | undefined, stack: string): string | undefined {
  if (own === stack) return undefined;
  const [layer, cloud] = own?.split(".") ?? [];
  const [below, where] = stack.split(".");
  if (layer === "tenant" || layer === "platform" || layer === "base") {
    const wanted = layer === "tenant" ? "platform" : layer === "platform" ? "base" : undefined;
    if (below !== wanted) return `a ${layer} stack must not read ${stack}`;
    return where === cloud ? undefined : `${stack} is of another cloud`;
  }
  return /^(?:base|admin|secrets?)(?:[.-]|$)/.test(stack) ? `${stack} holds the keys of the machines` : undefined;
}
