import * as path from "node:path";
import { LAYERS } from "../../components/core/layers";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { readChartLock } from "../../components/platform/charts/lock";
import { COMPONENTS } from "../../components/platform/registry";
import { ADDONS } from "../../components/tenant/addons/index";
import { argsSource } from "../../components/tenant/args-source";
import { schemaFiles } from "../../stacks/schemas";
import { addonsPage } from "./addons";
import { commandPage } from "./command";
import { componentsPage } from "./components";
import { failuresPage } from "./failures";
import { list, page } from "./markdown";
import { rulesPage } from "./rules";
import { settingsPages } from "./settings";

export const REFERENCE_FOLDER = path.join("docs", "reference");

/**
 * Every file of the project that is made from others: path in the project → content. `npm run generate` writes them; a
 * test says which of the committed ones are stale.
 */
export async function generatedFiles(): Promise<Record<string, string>> {
  const pages = {
    "README.md": indexPage(),
    ...(await settingsPages()),
    "components.md": componentsPage(COMPONENTS, readChartLock(PACKAGE_ROOT)),
    "tenant-addons.md": addonsPage(ADDONS),
    "rules.md": rulesPage(),
    "command.md": commandPage(),
    "failures.md": failuresPage(),
  };
  return {
    ...(await schemaFiles()),
    [path.join("components", "tenant", "args.generated.ts")]: argsSource(),
    ...inFolder(REFERENCE_FOLDER, pages),
  };
}

function indexPage(): string {
  return page(
    "Reference",
    "Everything here is generated from what the programs use.",
    list([
      ...LAYERS.map((layer) => `[Settings of the layer ${layer}](settings-${layer}.md)`),
      "[Components of the platform](components.md)",
      "[Add-ons of tenants](tenant-addons.md)",
      "[Rules of the policies](rules.md)",
      "[The firmament command](command.md)",
      "[Failures of operations](failures.md)",
    ]),
  );
}

function inFolder(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [path.join(folder, name), content]));
}
