import { CAPABILITIES, type Capability } from "../../components/platform/capabilities";
import type { ChartLock, LockedChart } from "../../components/platform/charts/lock";
import type { Component } from "../../components/platform/component";
import { imagesOf, neededBy, providedBy } from "../../components/platform/reference";
import { chartsOf } from "../../components/platform/registry";
import { chartRows, exemptionTable, objectRows } from "./exemptions";
import { code, page, table } from "./markdown";

/** In place of the version of a chart that is not in the chart lock: it cannot be installed. */
const NOT_PINNED = "not pinned";

/** Every component of the platform: what it installs, gives to others and needs, and where it departs from the rules. */
export function componentsPage(components: readonly Component[], lock: ChartLock): string {
  return page(
    "Components of the platform",
    "A component provides and needs capabilities, never another component. Those that are not on by default are " +
      "alternatives: they are switched on, and the others off, with " +
      "[`platform.components.<name>.enabled`](settings-platform.md). Exemptions name one object and the rules that " +
      "cannot hold for it; who answers for them and until when is the site's decision.",
    table(
      ["component", "charts", "provides", "needs", "on by default"],
      components.map((component) => [
        `[${component.name}](#${component.name})`,
        chartsOf([component])
          .map(({ chart }) => `${chart} ${lock[chart]?.version ?? NOT_PINNED}`)
          .join(", "),
        codes(providedBy(component)),
        codes(neededBy(component)),
        (component.enabledByDefault ?? true) ? "yes" : "no",
      ]),
    ),
    ...components.flatMap((component) => blocksOf(component, lock)),
    "## Capabilities",
    table(
      ["capability", "where it is provided", "components"],
      Object.entries(CAPABILITIES).map(([capability, meaning]) => [
        code(capability),
        meaning,
        components
          .filter((component) => providedBy(component).includes(capability as Capability))
          .map(({ name }) => name)
          .join(", "),
      ]),
    ),
  );
}

function blocksOf(component: Component, lock: ChartLock): string[] {
  const charts = chartsOf([component]);
  const images = imagesOf([component]);
  const exemptions = [
    ...charts.flatMap(({ exemptions = [] }) => chartRows(exemptions)),
    ...objectRows(component.exemptions ?? []),
  ];
  return [
    `## ${component.name}`,
    component.description,
    table(
      ["namespace", "Pod Security"],
      Object.entries(component.namespaces).map(([name, { podSecurity }]) => [code(name), podSecurity]),
    ),
    ...(charts.length === 0
      ? []
      : [
          table(
            ["chart", "version", "source"],
            charts.map(({ chart }) => {
              const locked = lock[chart];
              return [code(chart), locked?.version ?? NOT_PINNED, locked === undefined ? "" : sourceOf(locked)];
            }),
          ),
        ]),
    ...(images.length === 0 ? [] : [`Images: ${images.map(code).join(", ")}.`]),
    ...(exemptions.length === 0 ? [] : [exemptionTable(exemptions)]),
  ];
}

function sourceOf({ repository, archive, manifests = [] }: LockedChart): string {
  if (repository !== undefined) return repository;
  if (archive !== undefined) return `${archive.url} (${code(archive.path)})`;
  return manifests.map(({ url }) => url).join(", ");
}

function codes(texts: readonly string[]): string {
  return texts.map(code).join(", ");
}
