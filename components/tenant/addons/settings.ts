import { z } from "zod";
import { ciliumSettings } from "./cilium/settings";
import { kubeletCertificatesSettings } from "./kubelet-certificates/settings";
import { metricsServerSettings } from "./metrics-server/settings";

/** Settings of all add-ons, each under its name: `tenant.addons.<name>`. */
export const addonSettings = z
  .strictObject({
    cilium: ciliumSettings.prefault({}).describe("The pod network: Cilium, in the version that the platform runs."),
    kubeletCertificates: kubeletCertificatesSettings
      .prefault({})
      .describe("Certificates of kubelets, signed by the cluster's authority. A change makes new machines."),
    metricsServer: metricsServerSettings
      .prefault({})
      .describe("Usage of nodes and pods, for kubectl top and HorizontalPodAutoscalers."),
  })
  .meta({ title: "Addons" });
