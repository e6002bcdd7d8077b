import { z } from "zod";
import { name } from "../../../core/schema";
import type { Values } from "../../common-settings";
import { component, type OwnSettings, type PlatformInputs } from "../../component";
import { apart, CONFINED, copies, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "reloader";
const CHART = "reloader";
const LABELS = { app: "reloader", release: CHART };

const settings = {
  operations: {
    reloadedNamespaces: z
      .array(name)
      .default([])
      .describe(
        "namespaces in which reloader restarts workloads; it can read the Secrets of these and of no others, and they have to be there",
      ),
  },
};

/** Restarts workloads that name a ConfigMap or Secret which has changed: software that reads its certificates once. */
export const reloader = component({
  name: "reloader",
  description: "Restarts workloads whose certificates or configuration have changed, in namespaces that settings name.",
  group: "operations",
  enabledByDefault: false,
  settings,
  check: ({ operations }) =>
    operations.reloadedNamespaces.length === 0
      ? [
          {
            where: "platform.operations.reloadedNamespaces",
            given: "none",
            rule: "names where reloader restarts workloads: it watches no namespace by itself",
            fix: "name some, e.g. piraeus-datastore, or switch platform.components.reloader off",
          },
        ]
      : [],
  namespaces: { [NAMESPACE]: { podSecurity: "restricted", traffic: {} } },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      values: reloaderValues,
      images: { "image.repository": "ghcr.io/stakater/reloader" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function reloaderValues(inputs: PlatformInputs<OwnSettings<typeof settings>>): Values {
  const copied = copies(inputs);
  return {
    reloader: {
      watchGlobally: false,
      namespaces: [...inputs.settings.operations.reloadedNamespaces],
      // annotations of pods, not variables: what a manifest says of them stays
      reloadStrategy: "annotations",
      enableHA: copied > 1,
      readOnlyRootFileSystem: true,
      deployment: {
        replicas: copied,
        ...apart(inputs, { copies: copied, matchLabels: LABELS }),
        containerSecurityContext: CONFINED,
        resources: SMALL,
      },
      ...(copied > 1 ? { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } } : {}),
    },
  };
}
