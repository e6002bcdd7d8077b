import type { TenantAddon } from "../../components/tenant/addon";
import { code, page, table } from "./markdown";

/** Every add-on that a tenant's cluster can have. */
export function addonsPage(addons: readonly Addon[]): string {
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
  );
}

type Addon = Pick<TenantAddon, "name" | "description" | "provides" | "needs" | "charts">;
