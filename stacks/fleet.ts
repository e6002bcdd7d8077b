import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { NAMESPACE } from "../components/core/layers";
import type { Use } from "../components/core/network-overlaps";
import { InvalidInput } from "../components/core/problem";
import { cidr, parseSettings } from "../components/core/schema";
import { readProject, readYaml, stackFile, stackNames, type Project } from "./stack-files";

/** As much of a tenant's stack file as others depend on; what else is wrong with it is that tenant's own matter. */
const fileSchema = z.object({
  config: z.object({
    [`${NAMESPACE}:tenant`]: z.object({ network: z.object({ podCidr: cidr, serviceCidr: cidr }) }),
  }),
});

/** The networks in a tenant's stack file. */
export type ReadNetworks = (file: string, tenant: string) => readonly Use[];

/**
 * The networks of a cloud's other tenants, as their stack files say: Pulumi itself knows of one stack at a time.
 *
 * @param root directory of Pulumi.yaml, whose `stackConfigDir` is the folder of the stack files.
 * @param tenant whose siblings are asked for.
 * @param read how a file is read; who asks for many tenants gives one that remembers.
 * @throws InvalidInput naming the file or folder, when one cannot be read, or when the tenant's own file is not among
 * them: a tenant that is not seen could be overlapped.
 */
export function siblingNetworks(
  root: string,
  cloud: string,
  tenant: string,
  read: ReadNetworks = networksIn,
): readonly Use[] {
  const project = readProject(root);
  const own = `tenant.${cloud}.${tenant}`;
  if (!stackNames(project).includes(own)) {
    const where = path.join(root, stackFile(project, own));
    const rule = "its networks are compared with those of the tenants whose files are beside it";
    const fix = "keep stack files in one folder and name it in Pulumi.yaml as stackConfigDir";
    throw new InvalidInput("the cloud's stack files", [{ where, given: "no such file", rule, fix }]);
  }
  return tenantNetworks(project, cloud, { read, except: tenant });
}

/**
 * The networks of all tenants of a cloud that have a stack file, but for one tenant's, whose file is not read.
 *
 * @throws InvalidInput naming the file or folder, when one cannot be read.
 */
export function tenantNetworks(
  project: Project,
  cloud: string,
  { read = networksIn, except = "" }: { readonly read?: ReadNetworks; readonly except?: string } = {},
): Use[] {
  const prefix = `tenant.${cloud}.`;
  return stackNames(project)
    .filter((name) => name.startsWith(prefix) && name !== `${prefix}${except}`)
    .flatMap((name) => read(path.join(project.root, stackFile(project, name)), name.slice(prefix.length)));
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

function networksIn(file: string, tenant: string): Use[] {
  const { config } = parseSettings(fileSchema, `stack file ${path.basename(file)}`, readYaml(file));
  const network = config[`${NAMESPACE}:tenant`]?.network;
  if (network === undefined) return [];
  return [
    { where: `tenant ${tenant}'s podCidr`, network: network.podCidr },
    { where: `tenant ${tenant}'s serviceCidr`, network: network.serviceCidr },
  ];
}
