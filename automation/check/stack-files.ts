import { UNKNOWN } from "../../policies";
import * as files from "../../stacks/stack-files";

export { readProject, readYaml, type Project, type StackFile } from "../../stacks/stack-files";

/** Every stack that has a file, producers before their consumers. Encrypted values are not known. */
export function readStackFiles(project: files.Project): files.StackFile[] {
  return files.readStackFiles(project, { encrypted: UNKNOWN });
}
