import { z } from "zod";
import { PACKAGE_ROOT } from "../core/package-root";
import { isFields } from "../core/fields";
import { parseSettings } from "../core/schema";
import { type Problem, refuse } from "../core/problem";
import { readKeys, unknownKeys } from "./charts/keys";
import { readChartLock } from "./charts/lock";
import { type CommonSettings, commonSettings, networkingSettings } from "./common-settings";
import type { Component } from "./component";
import { contradictions } from "./networks";
import { orderStages } from "./order";
import { COMPONENTS } from "./registry";

/** The parsed settings of a platform: common ones, and those of each component in its sections. */
export interface PlatformSettings extends CommonSettings {
  readonly components: Readonly<Record<string, { readonly enabled: boolean }>>;
}

/**
 * The settings of a platform stack that can have these components: common ones, and the fragments of all of them,
 * switched on or not, so that an editor completes both.
 */
export function platformSettingsOf(components: readonly Component[]) {
  const { networking = {}, ...sections } = fragments(components);
  return z.strictObject({
    layer: z.literal("platform").describe("the layer of the stack"),
    ...secretSettings(components),
    platform: z
      .strictObject({
        ...commonSettings,
        networking: z.strictObject({ ...networkingSettings, ...networking }).describe("networks of the platform"),
        ...Object.fromEntries(Object.entries(sections).map(([name, shape]) => [name, section(name, shape)])),
        components: z
          .strictObject(Object.fromEntries(components.map((each) => [each.name, componentSwitch(each)])))
          .prefault({})
          .describe("components that are switched on or off; alternatives are off until they are switched on"),
      })
      .describe("the platform of the cloud"),
  });
}

export const platformSettings = platformSettingsOf(COMPONENTS);

/**
 * Parses the settings of a platform stack.
 *
 * @throws InvalidInput with every problem.
 */
export function parsePlatformSettings(raw: unknown, components: readonly Component[] = COMPONENTS): PlatformSettings {
  const { platform, ...rest } = parseSettings(platformSettingsOf(components), "platform configuration", raw);
  const settings: PlatformSettings = platform;
  const secrets: Readonly<Record<string, unknown>> = rest;
  const enabled = enabledComponents(settings, components);
  refuse("platform configuration", [
    ...orderStages(enabled, settings.tier, components).problems,
    ...enabled.flatMap((each) => missingSecrets(each, settings, secrets)),
    ...enabled.flatMap((each) => each.check?.(settings) ?? []),
    ...nullProblems(settings.values, "platform.values"),
    ...unknownValues(settings.values),
    ...contradictions(settings),
  ]);
  return settings;
}

/** The components of a platform with these settings, in the order of the registry. */
export function enabledComponents(
  { components: switches }: PlatformSettings,
  components: readonly Component[] = COMPONENTS,
): readonly Component[] {
  return components.filter(({ name, enabledByDefault = true }) => switches[name]?.enabled ?? enabledByDefault);
}

function componentSwitch({ name, enabledByDefault = true, description }: Component) {
  return z
    .strictObject({ enabled: z.boolean().default(enabledByDefault).describe(`whether the platform has ${name}`) })
    .prefault({})
    .describe(description);
}

function section(name: string, shape: z.ZodRawShape) {
  return z.strictObject(shape).prefault({}).describe(`settings of components for ${name}`);
}

/** Fields of all fragments, by section. */
function fragments(components: readonly Component[]): Record<string, z.ZodRawShape> {
  const sections: Record<string, z.ZodRawShape> = {};
  for (const { name, settings = {} } of components) {
    for (const [section, shape] of Object.entries(settings)) {
      const present = sections[section] ?? {};
      const twice = Object.keys(shape).filter(
        (field) => field in present || (section === "networking" && field in networkingSettings),
      );
      if (twice.length > 0)
        throw new Error(`${name}: platform.${section}.${twice.join(", ")} — is a setting already; choose another name`);
      sections[section] = { ...present, ...shape };
    }
  }
  return sections;
}

/** Read as secrets where they are needed, never from here. */
function secretSettings(components: readonly Component[]): z.ZodRawShape {
  return Object.fromEntries(
    components.flatMap(({ secrets = {} }) =>
      Object.entries(secrets).map(([key, { description }]) => [key, z.unknown().optional().describe(description)]),
    ),
  );
}

/** Keys that charts of the lock do not have; a chart that is in no lock is the plan's to name. */
function unknownValues(values: CommonSettings["values"]): Problem[] {
  const lock = readChartLock(PACKAGE_ROOT);
  return Object.entries(values).flatMap(([chart, given]) => {
    const locked = Object.hasOwn(lock, chart) ? lock[chart] : undefined;
    const keys = locked === undefined ? undefined : readKeys(PACKAGE_ROOT, chart, locked);
    return keys === undefined ? [] : unknownKeys(given, keys, `platform.values.${chart}`, chart);
  });
}

/**
 * Plugins of Kubernetes up to 4.29 leave a null out; later ones pass it on, and Helm takes it for "delete the chart's
 * default". What a chart gets would depend on the plugin.
 */
function nullProblems(value: unknown, where: string): Problem[] {
  if (value === null) {
    const rule =
      "must be a value: one version of the Kubernetes plugin drops null, another deletes the chart's default";
    return [{ where, given: "null", rule, fix: "give the value that the chart should have, or leave the key out" }];
  }
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => nullProblems(inner, `${where}.${key}`));
}

function missingSecrets(
  { secrets = {} }: Component,
  settings: PlatformSettings,
  given: Readonly<Record<string, unknown>>,
): Problem[] {
  return Object.entries(secrets).flatMap(([where, secret]) => {
    const missing = given[where] === undefined || given[where] === "";
    const problem = secret.required(settings);
    if (problem === undefined) return [];
    if (missing) return [{ where, given: "missing", ...problem }];
    const value = given[where];
    // a text is not looked into: it may be encrypted
    const entries = isFields(value) ? (secret.entries?.(settings) ?? []) : [];
    return entries
      .filter((entry) => !isFields(value) || value[entry] === undefined || value[entry] === "")
      .map((entry) => ({ where: `${where}.${entry}`, given: "missing", ...problem }));
  });
}
