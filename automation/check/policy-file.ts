import * as fs from "node:fs";
import * as path from "node:path";
import { type Fields, isFields } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { LOCK_FILE, readChartLock } from "../../components/platform/charts/lock";
import type { Exemption, Settings, Tier } from "../../policies";
import { settingsFrom } from "../../policies/settings";
import { chartExemptions } from "./chart-exemptions";
import { readYaml, type Project } from "./stack-files";

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
  /** Settings that the check lays over those of stack files, by layer: what is only known where they are deployed. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Reads policies.yaml beside the stack files and, over it, policies.<cloud>.yaml: lists are joined, maps merged.
 *
 * Both are optional. Beside the configuration of the pack they have a section `check`, which only the check reads.
 *
 * @throws InvalidInput when a file cannot be read.
 */
export function readPolicyFile({ root, folder }: Pick<Project, "root" | "folder">, cloud: string): PolicyFile {
  const files = ["policies.yaml", `policies.${cloud}.yaml`].map((name) => path.join(root, folder, name));
  const found = files.filter((file) => fs.existsSync(file)).map((file) => [file, readYaml(file)] as const);
  const merged = found.reduce<Fields>((above, [file, content]) => {
    if (content === null || content === undefined) return above;
    if (!isFields(content)) throw wrong(file);
    return merge(above, content);
  }, {});
  const { check, ...given } = merged;
  const chartLock = pinnedCharts(root);
  const config = merge({ params: { "helm-verify": { chartLock }, "helm-oci-digest": { chartLock } } }, given);
  const own = isFields(check) ? check : {};
  return {
    config,
    charts: chartExemptions(own["charts"], path.join(folder, "policies.yaml")),
    capacity: isFields(own["capacity"]) ? own["capacity"] : {},
    settings: isFields(own["settings"]) ? own["settings"] : {},
  };
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

/** Settings of the rules for a stack: where the file does not say the tier, the stack's own counts. */
export function settingsFor({ config, charts = [] }: PolicyFile, tier: Tier | undefined): Settings {
  const own = Array.isArray(config["exemptions"]) ? (config["exemptions"] as unknown[]) : [];
  const all = charts.length === 0 ? config : { ...config, exemptions: [...own, ...charts] };
  const given = config["tier"] === undefined && tier !== undefined ? { ...all, tier } : all;
  // programs and state files keep the marks of secrets, unlike the engine
  return { ...settingsFrom(given), marksStripped: false };
}

/** Lays one value over another. */
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
