import { z } from "zod";
import { text } from "../../settings/text";
import { customerChart, releaseName } from "../customer-chart-settings";
import { enabled } from "../enabled";

/** Charts of the customer, by Cluster API's Helm add-on provider. */
export const helmSettings = z
  .strictObject({
    enabled,
    charts: z
      .record(
        releaseName,
        z
          .strictObject({
            ...customerChart,
            values: text
              .exactOptional()
              .describe(
                "Helm values, as YAML text. {{ .Cluster.metadata.name }} and the like are filled in from the cluster's objects. Default: the chart's own.",
              ),
          })
          .meta({ title: "Helm chart", description: "A chart that is installed into the tenant's cluster." }),
      )
      .default({})
      .describe("Charts by the name of their release."),
  })
  .meta({ title: "Helm" });
