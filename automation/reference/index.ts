import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { generatedFiles, REFERENCE_FOLDER } from "./generated";

/** Writes every generated file of the project and removes pages of the reference that are no longer generated. */
async function write(root: string): Promise<void> {
  const files = await generatedFiles();
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    // sources that are touched count as newer than the build
    if (contentOf(path.join(root, file)) !== content) fs.writeFileSync(path.join(root, file), content);
  }
  for (const name of fs.readdirSync(path.join(root, REFERENCE_FOLDER))) {
    const file = path.join(REFERENCE_FOLDER, name);
    if (!Object.hasOwn(files, file)) fs.rmSync(path.join(root, file));
  }
  process.stdout.write(`${Object.keys(files).length} files are up to date\n`);
}

function contentOf(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

if (require.main === module) {
  write(PACKAGE_ROOT).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
