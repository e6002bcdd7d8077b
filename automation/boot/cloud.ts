import * as path from "node:path";
import { NAMESPACE } from "../../components/core/layers";
import { parseBaseSettings } from "../../components/talos/parse";
import type { BaseSettings } from "../../components/talos/settings";
import { readProject, readStackFile } from "../../stacks/stack-files";

/** Takes the place of encrypted settings, which nothing here uses. */
const ENCRYPTED = "encrypted";

/**
 * The settings of a cloud's base stack, from its stack file; nothing is asked of the cloud.
 *
 * @param root directory of Pulumi.yaml.
 * @throws InvalidInput when the file cannot be read, or its settings are wrong.
 */
export function readBaseSettings(root: string, cloud: string): BaseSettings {
  const { config } = readStackFile(readProject(path.resolve(root)), `base.${cloud}`, { encrypted: ENCRYPTED });
  const own = `${NAMESPACE}:`;
  return parseBaseSettings(
    Object.fromEntries(
      Object.entries(config).flatMap(([key, value]) => (key.startsWith(own) ? [[key.slice(own.length), value]] : [])),
    ),
  );
}
