import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { imagesOf, type MachineImage } from "../components/talos/image/classes";
import { parseBaseSettings } from "../components/talos/parse";
import { readProject, readStackFile, stackFile, stackNames } from "../stacks/stack-files";
import type { DaemonConfig, DaemonStatus, MachineHardware } from "./daemon";
import type { Layout } from "./layout";

/** The stacks of the sandbox in the order in which they are deployed; tenants need only the platform. */
export interface Stacks {
  readonly base: string;
  readonly platform: string;
  readonly tenants: readonly string[];
}

type Settings = Record<string, unknown>;

interface StackFile {
  readonly encryptionsalt?: string;
  readonly config: Record<string, Settings | string | string[]>;
}

/** Middle part of the names of the sandbox's stacks and files. */
export const CLOUD = "sandbox";

/** The stacks that the project's stack files describe for the sandbox. */
export function sandboxStacks({ root }: Layout): Stacks {
  const tenants = stackNames(readProject(root)).filter((name) => name.startsWith(`tenant.${CLOUD}.`));
  return { base: `base.${CLOUD}`, platform: `platform.${CLOUD}`, tenants };
}

/** `platform.components` of the sandbox's platform, as its stack file has it: undefined where it says nothing. */
export function componentSwitches({ root }: Pick<Layout, "root">): unknown {
  const { config } = readStackFile(readProject(root), `platform.${CLOUD}`);
  return section(config["firmament:platform"])["components"];
}

/**
 * Names of the simulated machines: those that the base stack's file lists, those that this sandbox had before, as a
 * machine that is taken out of the file has yet to leave, and spare ones that are in maintenance mode. Their order stays:
 * their addresses follow from it.
 */
export function sandboxMachines({ root, directory }: Layout, spare = 0): string[] {
  const { config } = readStackFile(readProject(root), `base.${CLOUD}`);
  const listed = Object.keys(section(section(config["firmament:base"])["machines"]));
  const spares = Array.from({ length: spare }, (_, index) => `spare-${index + 1}`);
  return [...new Set([...machinesBefore(path.join(directory, "daemon.json")), ...listed, ...spares])];
}

function machinesBefore(file: string): string[] {
  if (!fs.existsSync(file)) return [];
  const { machines } = JSON.parse(fs.readFileSync(file, "utf8")) as Pick<DaemonConfig, "machines">;
  return machines.map(({ name }) => name);
}

/**
 * Extensions in the images that the base stack's file names, by the id of their schematic: a simulated machine cannot
 * look into an image. Those that the sandbox knew earlier stay, since machines run them until they are upgraded. Nothing
 * new of settings that are wrong, which the program itself refuses.
 */
export function sandboxSchematics({ root, directory }: Layout): Record<string, readonly string[]> {
  const file = path.join(directory, "daemon.json");
  const earlier = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Partial<DaemonConfig>) : {};
  const { config } = readStackFile(readProject(root), `base.${CLOUD}`);
  const images = imagesIn(config["firmament:base"]).flatMap(({ installer, extensions }) => {
    const id = /\/([0-9a-f]{64})(?=[:@]|$)/.exec(installer)?.[1];
    return id === undefined ? [] : [[id, extensions] as const];
  });
  return { ...earlier.schematics, ...Object.fromEntries(images) };
}

function imagesIn(base: unknown): MachineImage[] {
  try {
    return imagesOf(parseBaseSettings({ layer: "base", base }));
  } catch {
    return [];
  }
}

/** Hardware by machine, out of `hardware.json` in the sandbox's directory; the default machine where there is none. */
export function readHardware({ directory }: Layout): Readonly<Record<string, MachineHardware>> {
  const file = path.join(directory, "hardware.json");
  if (!fs.existsSync(file)) return {};
  return JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, MachineHardware>;
}

/** A stack file of the workspace that was edited, and is written again. */
export interface Replaced {
  readonly file: string;
  /** What it was before. */
  readonly kept: string;
  /** The project's stack file that it is made from. */
  readonly source: string;
}

/**
 * Writes what the Pulumi CLI needs to run the project's own program against this sandbox: the project's Pulumi.yaml
 * with an absolute entry, and its stack files with the addresses that this sandbox was given. Nothing else differs
 * from what hardware gets. The project's stack files are the ones to edit.
 *
 * @returns files that were edited here instead, since the last time. They are kept beside the new ones.
 */
export function writeWorkspace(layout: Layout, stacks: Stacks, status: DaemonStatus): Replaced[] {
  fs.mkdirSync(layout.workspace, { recursive: true });
  fs.mkdirSync(layout.backend, { recursive: true });
  fs.mkdirSync(layout.bin, { recursive: true });
  if (!fs.existsSync(layout.passphrase)) {
    fs.writeFileSync(layout.passphrase, crypto.randomBytes(24).toString("hex"), { mode: 0o600 });
  }
  const { stackConfigDir: _, ...settings } = parse(
    fs.readFileSync(path.join(layout.root, "Pulumi.yaml"), "utf8"),
  ) as Settings;
  const main = path.join(layout.root, "dist", "stacks", "index.js");
  write(path.join(layout.workspace, "Pulumi.yaml"), { ...settings, main });

  const project = readProject(layout.root);
  const replaced: Replaced[] = [];
  const record = path.join(layout.directory, "stack-files.json");
  const before = fs.existsSync(record) ? (JSON.parse(fs.readFileSync(record, "utf8")) as Settings) : {};
  const digests: Settings = {};
  for (const stack of [stacks.base, stacks.platform, ...stacks.tenants]) {
    const sourceFile = stackFile(project, stack);
    const source = readFile(path.join(layout.root, sourceFile));
    const target = path.join(layout.workspace, `Pulumi.${stack}.yaml`);
    // the salt of the stack's secrets is the engine's own entry in the file
    const present = fs.existsSync(target) ? readFile(target) : undefined;
    const salt = present?.encryptionsalt;
    const config = withAddresses(source.config, status);
    const expected = [before[stack] ?? digest(present?.config), digest(config)];
    if (present !== undefined && !expected.includes(digest(present.config))) {
      const kept = `${target}.edited`;
      fs.copyFileSync(target, kept);
      replaced.push({ file: target, kept, source: sourceFile });
    }
    write(
      target,
      { ...(salt === undefined ? {} : { encryptionsalt: salt }), ...source, config },
      `# Written by \`npm start\` from ${sourceFile}: edit that file, then run \`npm start\`.\n`,
    );
    digests[stack] = digest(config);
  }
  write(record, digests);
  return replaced;
}

/** Of the settings alone: the engine writes the file as well. */
function digest(config: unknown): string {
  const text = JSON.stringify(config ?? null);
  return crypto.createHash("sha256").update(text).digest("hex");
}

function withAddresses(config: StackFile["config"], status: DaemonStatus): Settings {
  const base = config["firmament:base"];
  if (base !== undefined) return { ...config, "firmament:base": baseWithAddresses(section(base), status) };
  const platform = config["firmament:platform"];
  if (platform === undefined) return config;
  return { ...config, "firmament:platform": { ...section(platform), mirror: { charts: status.charts } } };
}

function baseWithAddresses(base: Settings, status: DaemonStatus): Settings {
  const machines = section(base["machines"]);
  const listed = status.machines.filter(({ name }) => machines[name] !== undefined);
  const addressed = listed.map(({ name, address, endpoint }) => {
    const { links: _, installDisk: __, ...machine } = section(machines[name]);
    return [name, { ...machine, address, endpoint }];
  });
  // links and disks of hardware, which simulated machines do not have
  const { vip: _, links: __, ...network } = section(base["network"]);
  const first = status.machines[0]?.address ?? "127.0.0.1";
  const nodeCidr = `${first.split(".").slice(0, 3).join(".")}.0/24`;
  return {
    ...base,
    endpoint: status.endpoint,
    // an address of the sandbox, which no simulated machine has to take
    externalEndpoint: true,
    network: { ...network, nodeCidrs: [nodeCidr] },
    talos: { ...section(base["talos"]), installDisk: { model: "SIMULATED SSD" } },
    machines: Object.fromEntries(addressed) as Settings,
  };
}

function section(value: unknown): Settings {
  if (typeof value !== "object" || value === null) throw new TypeError("a stack file's section must be a map");
  return value as Settings;
}

function readFile(file: string): StackFile {
  return parse(fs.readFileSync(file, "utf8")) as StackFile;
}

/** Left alone when nothing changes, so that a second start touches no file. */
function write(file: string, content: unknown, head = ""): void {
  const text = file.endsWith(".json") ? `${JSON.stringify(content, null, 2)}\n` : `${head}${stringify(content)}`;
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) fs.writeFileSync(file, text);
}
