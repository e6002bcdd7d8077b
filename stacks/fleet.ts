import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Use } from "../components/core/network-overlaps";
import { InvalidInput } from "../components/core/problem";
import { cidr, NAMESPACE, parseSettings } from "./settings";

/** As much of a tenant's stack file as others depend on; what else is wrong with it is that tenant's own matter. */
const fileSchema = z.object({
  config: z.object({
    [`${NAMESPACE}:tenant`]: z.object({ network: z.object({ podCidr: cidr, serviceCidr: cidr }) }),
  }),
});

/** The networks in a tenant's stack file. */
export type ReadNetworks = (file: string, tenant: string) => readonly Use[];

/** Folders that a project's stack files may be in: that of Pulumi.yaml's stackConfigDir, else beside it. */
const FOLDERS = [path.join("stacks", "config"), "."] as const;

/**
 * The networks of a cloud's other tenants, as their stack files say: Pulumi itself knows of one stack at a time.
 *
 * A project without stack files of tenants (settings may come from elsewhere) has none to compare with.
 *
 * @param root directory of Pulumi.yaml.
 * @param tenant whose siblings are asked for.
 * @param read how a file is read; who asks for many tenants gives one that remembers.
 * @throws InvalidInput naming the file, when one cannot be read: a tenant that is not seen could be overlapped.
 */
export function siblingNetworks(
  root: string,
  cloud: string,
  tenant: string,
  read: ReadNetworks = networksIn,
): readonly Use[] {
  const prefix = `Pulumi.tenant.${cloud}.`;
  const own = `${prefix}${tenant}.yaml`;
  const folder = FOLDERS.map((name) => path.join(root, name)).find(
    (candidate) => tenantFiles(candidate, prefix).length > 0,
  );
  if (folder === undefined) return [];
  return tenantFiles(folder, prefix)
    .filter((file) => file !== own)
    .flatMap((file) => read(path.join(folder, file), file.slice(prefix.length, -".yaml".length)));
}

/**
 * Reads a file again only when its time or size changed. In a check of n tenants each asks for all others: without
 * this, n² files would be parsed, a third of the whole check where n is a hundred.
 */
export function rememberingNetworks(read: ReadNetworks = networksIn): ReadNetworks {
  const known = new Map<string, { readonly state: string; readonly networks: readonly Use[] }>();
  return (file, tenant) => {
    const { mtimeNs, size } = fs.statSync(file, { bigint: true });
    const state = `${mtimeNs} ${size}`;
    const last = known.get(file);
    if (last?.state === state) return last.networks;
    const networks = read(file, tenant);
    known.set(file, { state, networks });
    return networks;
  };
}

function tenantFiles(folder: string, prefix: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((file) => file.startsWith(prefix) && file.endsWith(".yaml") && file.length > prefix.length + ".yaml".length)
    .sort();
}

function networksIn(file: string, tenant: string): Use[] {
  const { config } = parseSettings(fileSchema, `stack file ${path.basename(file)}`, yamlOf(file));
  const network = config[`${NAMESPACE}:tenant`]?.network;
  if (network === undefined) return [];
  return [
    { where: `tenant ${tenant}'s podCidr`, network: network.podCidr },
    { where: `tenant ${tenant}'s serviceCidr`, network: network.serviceCidr },
  ];
}

function yamlOf(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, "utf8")) as unknown;
  } catch (error) {
    const given = error instanceof Error ? (error.message.split("\n")[0] ?? "unreadable") : "unreadable";
    const rule = "must be YAML: its networks are compared with those of the other tenants";
    const where = path.basename(file);
    throw new InvalidInput("the cloud's stack files", [{ where, given, rule, fix: "correct the file" }]);
  }
}
