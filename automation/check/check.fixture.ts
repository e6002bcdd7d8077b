import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";

export const ROOT = PACKAGE_ROOT;

const CONFIG = path.join("stacks", "config");

type Fields = Record<string, unknown>;

/** Stack files of a project, to be changed: `files["base.sandbox"].config`. */
export type Files = Record<string, { config: Record<string, Fields> }>;

/** Gives `work` a project with the sandbox's stack files, changed; removed afterwards. */
export async function inProject<T>(change: (files: Files) => void, work: (root: string) => T | Promise<T>): Promise<T> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-check-"));
  try {
    fs.mkdirSync(path.join(root, CONFIG), { recursive: true });
    fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
    const files: Files = {};
    for (const file of fs.readdirSync(path.join(ROOT, CONFIG)).filter((name) => name.endsWith(".yaml"))) {
      const text = fs.readFileSync(path.join(ROOT, CONFIG, file), "utf8");
      if (!file.includes("sandbox.")) fs.writeFileSync(path.join(root, CONFIG, file), text);
      else if (file.startsWith("Pulumi."))
        files[file.slice("Pulumi.".length, -".yaml".length)] = parse(text) as Files[string];
      else fs.writeFileSync(path.join(root, CONFIG, file), text);
    }
    change(files);
    for (const [name, content] of Object.entries(files)) {
      fs.writeFileSync(path.join(root, CONFIG, `Pulumi.${name}.yaml`), stringify(content));
    }
    return await work(root);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

/** A stack file of the project. */
export function stackFile(stack: string): Files[string] {
  return parse(fs.readFileSync(path.join(ROOT, CONFIG, `Pulumi.${stack}.yaml`), "utf8")) as Files[string];
}

/** The section `firmament:<layer>` of a stack file. */
export function section(files: Files, stack: string): Fields {
  const found = files[stack]?.config[`firmament:${stack.split(".")[0] ?? ""}`];
  if (found === undefined) throw new Error(`there is no stack ${stack}`);
  return found;
}
