import charts from "./charts.json";
import { CLUSTER_API_PROVIDERS } from "./cluster-api";
import { CSI_SIDECARS } from "./csi-sidecars";
import { IMAGES } from "./images";
import { KUBERNETES } from "./kubernetes";
import { PULUMI, PULUMI_LANGUAGE_NODEJS, PULUMI_PLUGINS } from "./pulumi";

/** Programs that the sandbox downloads or builds, without their v. What is built comes from a go.mod of this version. */
export const TOOLS = {
  go: "1.26.8",
  etcd: "3.6.5",
  "kube-apiserver": KUBERNETES,
  "kube-controller-manager": KUBERNETES,
  "kube-scheduler": KUBERNETES,
  kubectl: KUBERNETES,
  pulumi: PULUMI,
  "pulumi-language-nodejs": PULUMI_LANGUAGE_NODEJS,
  "pulumi-resource-kubernetes": PULUMI_PLUGINS.kubernetes,
  "pulumi-resource-talos": PULUMI_PLUGINS.talos,
  "pulumi-resource-command": PULUMI_PLUGINS.command,
  kwok: "0.8.0",
  "capi-core": CLUSTER_API_PROVIDERS.core.version,
  "capi-kubeadm-bootstrap": CLUSTER_API_PROVIDERS["bootstrap-kubeadm"].version,
  capk: CLUSTER_API_PROVIDERS["infrastructure-kubevirt"].version,
  // of the CSI sidecars of tenants: the releases whose modules are served, and whose images they run
  "csi-provisioner": CSI_SIDECARS["csi-provisioner"].version,
  "csi-resizer": CSI_SIDECARS["csi-resizer"].version,
  // the release whose flags and files it reads; the program is the sandbox's own
  "kubevirt-ccm": IMAGES.cloudController.split(":v")[1] ?? "",
  // the release of the platform's chart
  "kube-ovn": charts["kube-ovn-v2"].version.slice(1),
  "controller-gen": "0.19.0",
  helm: "3.22.0",
} as const;
