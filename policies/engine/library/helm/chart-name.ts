import type { Target } from "../../target";

/** The chart that a release installs, without its repository, version and digest: `./charts/cilium-1.19.5.tgz` → cilium. */
export function chartName({ root }: Target): string | undefined {
  const last = root.field("chart").text?.replace(/@.*$/, "").replace(/\/+$/, "").split("/").at(-1);
  return last?.replace(/:[^:]*$/, "").replace(/-v?\d+\.\d[\w.+-]*\.tgz$/, "");
}
