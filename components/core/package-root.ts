import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Directory of package.json. Files that come with the code (chart locks, schemas, Go modules) are found from here,
 * wherever the project of a stack is.
 */
export const PACKAGE_ROOT = find(__dirname);

function find(directory: string): string {
  // dist/ is below the package, so that the first package.json upwards is the project's own
  if (existsSync(join(directory, "package.json"))) return directory;
  const parent = dirname(directory);
  if (parent === directory)
    throw new Error(`${__dirname}: no package.json above it — the package is incomplete; install it again`);
  return find(parent);
}
