import { readPolicyFile } from "./check/policy-file";
import { readProject } from "./check/stack-files";

/**
 * The configuration of the rules for one cloud, in the form that `pulumi --policy-pack-config` takes.
 *
 * @param root directory of Pulumi.yaml.
 * @throws InvalidInput when a file cannot be read.
 */
export function policyConfig(root: string, cloud: string): string {
  return JSON.stringify({ firmament: readPolicyFile(readProject(root), cloud).config }, null, 2);
}
