import { z } from "zod";
import { text } from "../../settings/text";
import { customerChart, releaseName } from "../customer-chart-settings";
import { enabled } from "../enabled";

/** What Flux of the management cluster applies to a tenant's. */
export const fluxSettings = z
  .strictObject({
    enabled,
    releases: z
      .record(
        releaseName,
        z
          .strictObject({
            ...customerChart,
            values: text.exactOptional().describe("Helm values, as YAML text. Default: the chart's own."),
          })
          .meta({ title: "Flux release", description: "A HelmRelease for the tenant's cluster." }),
      )
      .default({})
      .describe("HelmReleases by their name."),
    kustomizations: z
      .record(
        releaseName,
        z
          .strictObject({
            url: text.describe("URL of a Git repository, https://… or ssh://…"),
            branch: text.exactOptional().describe("Branch that is followed. Either this or tag."),
            tag: text.exactOptional().describe("Tag that is applied. Either this or branch."),
            path: text.default("./").describe("Folder of the repository."),
            secret: text
              .exactOptional()
              .describe(
                "Secret in the tenant's namespace of the management cluster with what Git asks for. Default: none.",
              ),
          })
          .meta({
            title: "Flux kustomization",
            description: "Manifests of a Git repository for the tenant's cluster.",
          }),
      )
      .default({})
      .describe("Folders of Git repositories by the name of their Kustomization."),
  })
  .meta({ title: "Flux" });
