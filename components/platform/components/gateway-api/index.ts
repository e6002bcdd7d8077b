import { component } from "../../component";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "gateway-api";

/** The kinds of Gateway API, for whoever routes traffic by them: no program of its own. */
export const gatewayApi = component({
  name: "gateway-api",
  description: "The kinds of Gateway API (standard channel), kept when it is switched off: no program of its own.",
  group: "networking",
  enabledByDefault: false,
  namespaces: { [NAMESPACE]: { podSecurity: "restricted", traffic: {} } },
  stages: [
    {
      chart: "gateway-api",
      namespace: NAMESPACE,
      provides: ["routes"],
      timeout: 300,
      images: {},
      sandbox: CHART_SANDBOX,
    },
  ],
  sandbox: SANDBOX,
});
