import type { TenantAddon } from "../../components/tenant/addon";
import { rightsTable } from "./addon-rights";
import { code, page, table } from "./markdown";

/** Every add-on that a tenant's cluster can have. */
export function addonsPage(addons: readonly TenantAddon[]): string {
  return page(
    "Add-ons of tenants",
    "What tenants find in their cluster beside nodes. Whether an add-on is installed, and where nothing is said, is told " +
      "by [`tenant.addons.<name>.enabled`](settings-tenant.md); it needs capabilities, never another add-on.",
    table(
      ["add-on", "what it gives", "provides", "needs", "chart", "images that a mirror has to have"],
      addons.map(({ name, description, provides, needs, charts = [] }) => [
        code(name),
        description,
        provides.map(code).join(", "),
        needs.map(code).join(", "),
        charts.map(({ chart }) => code(chart)).join(", "),
        charts
          .flatMap(({ images }) => images)
          .map(code)
          .join(", "),
      ]),
    ),
    "## What their controllers may do\n\n" +
      "Controllers that run in the tenant's namespace of the management cluster have an account there, and one in the " +
      "tenant, `firmament-<add-on>` in `kube-system`, with a kubeconfig of its own: never the administrator's. What their " +
      "settings switch off is not granted; what is off by default is not shown.",
    rightsTable(addons),
  );
}
