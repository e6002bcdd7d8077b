import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { readProject, readStackFile, stackFile, stackNames } from "../stacks/stack-files";
import type { DaemonStatus } from "./daemon";
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

/** Names of the machines that the base stack's file lists. */
export function sandboxMachines({ root }: Layout): string[] {
  const { config } = readStackFile(readProject(root), `base.${CLOUD}`);
  return Object.keys(section(section(config["firmament:base"])["machines"]));
}

/**
 * Writes what the Pulumi CLI needs to run the project's own program against this sandbox: the project's Pulumi.yaml
 * with an absolute entry, and its stack files with the addresses that this sandbox was given. Nothing else differs
 * from what hardware gets.
 */
export function writeWorkspace(layout: Layout, stacks: Stacks, status: DaemonStatus): void {
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
  for (const stack of [stacks.base, stacks.platform, ...stacks.tenants]) {
    const source = readFile(path.join(layout.root, stackFile(project, stack)));
    const target = path.join(layout.workspace, `Pulumi.${stack}.yaml`);
    // the salt of the stack's secrets is the engine's own entry in the file
    const salt = fs.existsSync(target) ? readFile(target).encryptionsalt : undefined;
    write(target, {
      ...(salt === undefined ? {} : { encryptionsalt: salt }),
      ...source,
      config: withAddresses(source.config, status),
    });
  }
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
  const addressed = status.machines.map(({ name, address, endpoint }) => [
    name,
    { ...section(machines[name]), address, endpoint },
  ]);
  const first = status.machines[0]?.address ?? "127.0.0.1";
  const nodeCidr = `${first.split(".").slice(0, 3).join(".")}.0/24`;
  return {
    ...base,
    endpoint: status.endpoint,
    network: { ...section(base["network"]), nodeCidrs: [nodeCidr] },
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
function write(file: string, content: unknown): void {
  const text = stringify(content);
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) fs.writeFileSync(file, text);
}
