import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { checked } from "../../components/core/checked";
import { type Fields, fieldsOf, isFields } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { type ObjectExemption, REVIEW } from "../../components/kubernetes/exemptions";
import { COMPONENTS } from "../../components/platform/registry";
import type { Choosing, TenantAddon } from "../../components/tenant/addon";
import { ADDONS, fitsMachines } from "../../components/tenant/addons";
import { LOCK_FILE, readChartLock } from "../../components/platform/charts/lock";
import type { Exemption, Settings, Tier } from "../../policies";
import { settingsFrom } from "../../policies/settings";
import { type ComponentPolicies, componentPolicies, type Review } from "./component-policies";
import { chartExemptions } from "./chart-exemptions";
import { readYaml, type Project, type StackFile } from "./stack-files";
import { readStackFile, stackNames } from "../../stacks/stack-files";

/** What all tenants of a cloud together may take; quantities as in stack files. */
export interface Capacity {
  readonly cpu?: string;
  readonly memory?: string;
  readonly storage?: string;
}

/** The configuration of the policy pack for one cloud. */
export interface PolicyFile {
  /** As the pack's policy `firmament` takes it: what `--policy-pack-config` is given. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly capacity: Capacity;
  /** Exemptions of what charts render, which only a check sees. */
  readonly charts?: readonly Exemption[];
  /** Settings that the check merges over those of stack files, by layer: what is only known where they are deployed. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Where policy files are, outside of a project. */
export interface Folder {
  readonly root: string;
  /** Relative to the root. */
  readonly folder: string;
}

/**
 * The configuration of the policy pack for one cloud: what the components that the cloud has state themselves, below
 * policies.yaml beside the stack files, below policies.<cloud>.yaml. Lists are joined, maps merged.
 *
 * Outside of a project there are no components. Both files are optional. Beside the configuration of the pack they have a section `check`, which only the check reads,
 * and `components`: who answers for exemptions of components and until when, where that is not {@link REVIEW}.
 *
 * @throws InvalidInput when a file cannot be read.
 */
export function readPolicyFile(project: Project | Folder, cloud: string): PolicyFile {
  const { root, folder } = project;
  const files = ["policies.yaml", `policies.${cloud}.yaml`].map((name) => path.join(root, folder, name));
  const found = files.filter((file) => fs.existsSync(file)).map((file) => [file, readYaml(file)] as const);
  const merged = found.reduce<Fields>((above, [file, content]) => {
    if (content === null || content === undefined) return above;
    if (!isFields(content)) throw wrong(file);
    return merge(above, content);
  }, {});
  const { check, components, ...given } = merged;
  const own = isFields(check) ? check : {};
  const { charts, ...ofComponents } =
    "extension" in project ? policiesOfComponents(project, cloud, given["tier"], components) : NO_COMPONENTS;
  const chartLock = pinnedCharts(root);
  const external = "extension" in project ? externalEndpoint(project, cloud) : [];
  const params = {
    "helm-verify": { chartLock },
    "helm-oci-digest": { chartLock },
    ...(external.length === 0 ? {} : { "talos-endpoint": { external } }),
  };
  const config = merge({ params, ...ofComponents }, given);
  return {
    config,
    charts: [...charts, ...chartExemptions(own["charts"], path.join(folder, "policies.yaml"))],
    capacity: isFields(own["capacity"]) ? own["capacity"] : {},
    settings: isFields(own["settings"]) ? own["settings"] : {},
  };
}

const NO_COMPONENTS: ComponentPolicies = componentPolicies([], [], "production");

/** The host of the cloud's endpoint, where its base stack says that a load balancer of the site answers there. */
function externalEndpoint(project: Project, cloud: string): string[] {
  const stack = `base.${cloud}`;
  if (!stackNames(project).includes(stack)) return [];
  const { endpoint, externalEndpoint } = fieldsOf(readStackFile(project, stack).config["firmament:base"]);
  if (externalEndpoint !== true || typeof endpoint !== "string" || !URL.canParse(endpoint)) return [];
  return [new URL(endpoint).hostname];
}

/** What the components that a cloud's platform stack has switched on, and every tenant's add-ons, state themselves. */
function policiesOfComponents(project: Project, cloud: string, given: unknown, review: unknown): ComponentPolicies {
  const stack = `platform.${cloud}`;
  const { config } = stackNames(project).includes(stack) ? readStackFile(project, stack) : { config: {} };
  const platform = fieldsOf(fieldsOf(config)["firmament:platform"]);
  const switches = Object.fromEntries(
    Object.entries(fieldsOf(platform["components"])).map(([name, each]) => [name, fieldsOf(each)["enabled"]]),
  );
  const components = COMPONENTS.filter(({ name, enabledByDefault = true }) => switches[name] ?? enabledByDefault);
  const tier = (given ?? platform["tier"]) === "development" ? "development" : "production";
  const addons = ADDONS.flatMap((addon) => addonOf(project, cloud, addon) ?? []);
  return componentPolicies(components, addons, tier, reviewOf(review, path.join(project.folder, "policies.yaml")));
}

/** An add-on with the exemptions that a tenant of the cloud needs; undefined where none has it. Without tenants all count: nothing says that there will be none. */
function addonOf(project: Project, cloud: string, addon: (typeof ADDONS)[number]): TenantAddon | undefined {
  const tenants = stackNames(project)
    .filter((stack) => stack.startsWith(`tenant.${cloud}.`))
    .map((stack) => fieldsOf(fieldsOf(readStackFile(project, stack).config)["firmament:tenant"]));
  if (tenants.length === 0) return addon;
  const { name, installed, objectExemptions = [] } = addon;
  // as the files say it, unchecked: whatever is wrong in them is reported elsewhere
  const having = tenants.flatMap(({ addons, nodePools, infrastructure = "kubevirt", vsphere }) => {
    const settings = fieldsOf(fieldsOf(addons)[name]);
    const given = { addons: { [name]: settings }, nodePools: fieldsOf(nodePools), infrastructure, vsphere };
    const chosen = given as unknown as Choosing;
    const has = fitsMachines(addon, chosen) && (installed?.(chosen) ?? settings["enabled"] !== false);
    return has ? [settings] : [];
  });
  if (having.length === 0) return undefined;
  const needed = ({ setting }: ObjectExemption) =>
    setting === undefined || having.some((settings) => (settings[setting.name] ?? setting.default) === true);
  return { ...addon, objectExemptions: objectExemptions.filter(needed) };
}

function reviewOf(section: unknown, file: string): Review {
  if (section === undefined || section === null) return REVIEW;
  const schema = z.strictObject({
    owner: z.string().min(1, "must name who answers for them").default(REVIEW.owner),
    expiry: z.iso.date("must be a date like 2027-03-31").default(REVIEW.expiry),
  });
  return checked(schema, section, { what: `components of ${file}`, fix: "correct it" });
}

/** Charts of the project's lock that are pinned by their content, as rules take them. */
function pinnedCharts(root: string): Fields {
  if (!fs.existsSync(path.join(root, LOCK_FILE))) return {};
  return Object.fromEntries(
    Object.entries(readChartLock(root))
      .filter(([, { digest }]) => digest !== undefined)
      .map(([name, { version, digest }]) => [name, { version, digest }]),
  );
}

/** Settings of a cloud that hold in checks alone, as its stack's program takes them over its own. */
export function checkSettings({ settings }: PolicyFile, { stack: { layer } }: StackFile): Fields {
  return Object.hasOwn(settings, layer) ? { [layer]: settings[layer] } : {};
}

/** Settings of the rules for a stack: where the file does not say the tier, the stack's own counts. */
export function settingsFor({ config, charts = [] }: PolicyFile, tier: Tier | undefined): Settings {
  const own = Array.isArray(config["exemptions"]) ? (config["exemptions"] as unknown[]) : [];
  const all = charts.length === 0 ? config : { ...config, exemptions: [...own, ...charts] };
  const given = config["tier"] === undefined && tier !== undefined ? { ...all, tier } : all;
  // programs and state files keep the marks of secrets, unlike the engine
  return { ...settingsFrom(given), marksStripped: false };
}

/** Merges one value over another: maps by their fields, lists by joining them. */
export function merge(below: Fields, above: Fields): Fields {
  const merged = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const present = merged[name];
    if (isFields(present) && isFields(value)) merged[name] = merge(present, value);
    else if (Array.isArray(present) && Array.isArray(value))
      merged[name] = [...(present as unknown[]), ...(value as unknown[])];
    else merged[name] = value;
  }
  return merged;
}

function wrong(file: string): InvalidInput {
  return new InvalidInput(file, [
    { where: file, given: "no map", rule: "must be a map of settings", fix: "see the README" },
  ]);
}
