import { DNS_LABEL } from "../../core/names";
import { text } from "../settings/text";

/** Name of a release and of the objects that stand for it. */
export const releaseName = text.refine(
  (given) => DNS_LABEL.test(given) && given.length <= 40,
  "must be a DNS label: a-z, 0-9 and - inside, at most 40 characters",
);

/** What every way to install a chart has to know. */
export const customerChart = {
  repository: text.describe("URL of a Helm repository, https://…, or oci://… of the folder that holds the chart."),
  chart: text.min(1, "must name a chart").describe("Name in the repository."),
  version: text.describe("Exact version."),
  namespace: releaseName.describe("Namespace in the tenant's cluster; it is made where it is not there."),
};
