import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { PACKAGE_ROOT } from "../../components/core/package-root";

const run = promisify(execFile);

/** Packs this package as `npm pack` does. @returns the tarball's path, in `folder`. */
export async function pack(folder: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  await run("npm", args, { cwd: PACKAGE_ROOT, maxBuffer: Infinity });
  const [file] = fs.readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (file === undefined) throw new Error("npm pack wrote no tarball");
  return path.join(folder, file);
}

/** A project with nothing but the tarball, and what npm installs for it. */
export async function strangersProject(folder: string, tarball: string): Promise<void> {
  fs.mkdirSync(folder, { recursive: true });
  const dependencies = { firmament: `file:${tarball}` };
  fs.writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ name: "stranger", private: true, dependencies }),
  );
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", args, { cwd: folder, maxBuffer: Infinity });
}
