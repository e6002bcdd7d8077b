import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";

const FOLDER = path.join("stacks", "config");

/** A project with the stack files of the example as those of a cloud `berlin`, and files as they are now. */
export class TenantsProject {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-tenants-"));

  constructor() {
    fs.mkdirSync(path.join(this.root, FOLDER), { recursive: true });
    fs.copyFileSync(path.join(PACKAGE_ROOT, "Pulumi.yaml"), path.join(this.root, "Pulumi.yaml"));
    for (const name of ["Pulumi.base", "Pulumi.platform", "Pulumi.tenant", "inventory"]) {
      const suffix = name === "Pulumi.tenant" ? ".acme" : "";
      const text = fs.readFileSync(path.join(PACKAGE_ROOT, FOLDER, `${name}.example${suffix}.yaml`), "utf8");
      this.write(`${name}.berlin${suffix}.yaml`, text);
    }
  }

  write(file: string, text: string): void {
    fs.writeFileSync(path.join(this.root, FOLDER, file), text);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.root, FOLDER, file), "utf8");
  }

  edit(file: string, from: string | RegExp, to: string): void {
    this.write(file, this.read(file).replace(from, to));
  }

  /** All files with their content. */
  files(): Record<string, string> {
    const names = fs.readdirSync(path.join(this.root, FOLDER)).sort();
    return Object.fromEntries(names.map((name) => [name, this.read(name)]));
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
