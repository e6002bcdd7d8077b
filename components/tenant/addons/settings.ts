import { z } from "zod";
import { calicoSettings } from "./calico/settings";
import { ciliumSettings } from "./cilium/settings";
import { clusterAutoscalerSettings } from "./cluster-autoscaler/settings";
import { csiSettings } from "./csi/settings";
import { fluxSettings } from "./flux/settings";
import { helmSettings } from "./helm/settings";
import { cloudControllerSettings } from "./cloud-controller/settings";
import { kubeletCertificatesSettings } from "./kubelet-certificates/settings";
import { metricsServerSettings } from "./metrics-server/settings";
import { ownPodNetworkSettings } from "./own-pod-network/settings";
import { vsphereCloudControllerSettings } from "./vsphere-cloud-controller/settings";

/** Settings of all add-ons, each under its name: `tenant.addons.<name>`. */
export const addonSettings = z
  .strictObject({
    cilium: ciliumSettings.prefault({}).describe("The pod network: Cilium, in the version that the platform runs."),
    calico: calicoSettings
      .prefault({})
      .describe("The pod network: Calico instead of Cilium, which has to be disabled. Chosen once, for a new cluster."),
    ownPodNetwork: ownPodNetworkSettings
      .prefault({})
      .describe("The pod network: one that the customer installs, instead of Cilium, which has to be disabled."),
    clusterAutoscaler: clusterAutoscalerSettings
      .prefault({})
      .describe("Chooses the number of machines of the pools that have autoscaling."),
    csi: csiSettings.prefault({}).describe("Volumes of the tenant, from the storage of the platform."),
    cloudController: cloudControllerSettings
      .prefault({})
      .describe(
        "What nodes have from their machines, and addresses of Services. Switching it on or off makes new machines. Not with infrastructure: vsphere.",
      ),
    vsphereCloudController: vsphereCloudControllerSettings
      .prefault({})
      .describe("What nodes have from their machines in a vSphere. Switching it on or off makes new machines."),
    kubeletCertificates: kubeletCertificatesSettings
      .prefault({})
      .describe("Certificates of kubelets, signed by the cluster's authority. A change makes new machines."),
    helm: helmSettings
      .prefault({})
      .describe("Charts of the customer, installed by Cluster API's Helm add-on provider."),
    flux: fluxSettings
      .prefault({})
      .describe("Charts and Git repositories of the customer, applied by Flux of the management cluster."),
    metricsServer: metricsServerSettings
      .prefault({})
      .describe("Usage of nodes and pods, for kubectl top and HorizontalPodAutoscalers."),
  })
  .meta({ title: "Addons" });
