import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "./archive";

/** sha256 of files of charts in a project, by their path there; undefined where there is none. */
export function vendoredIn(root: string): (path: string) => string | undefined {
  return (path) => {
    const file = resolve(root, path);
    return existsSync(file) ? sha256(readFileSync(file)) : undefined;
  };
}
