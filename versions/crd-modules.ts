import charts from "./charts.json";
import { CLUSTER_API_PROVIDERS } from "./cluster-api";

/** A Go module that CustomResourceDefinitions are read from. */
export interface CrdModule {
  readonly path: string;
  /** With its v. */
  readonly version: string;
  /** Hash of its content, as in a go.sum. */
  readonly sum: string;
}

const v = (version: string): string => `v${version.replace(/^v/, "")}`;

const provider = (name: keyof typeof CLUSTER_API_PROVIDERS, sum: string): CrdModule => ({
  path: CLUSTER_API_PROVIDERS[name].module,
  version: v(CLUSTER_API_PROVIDERS[name].version),
  sum,
});

/** The module of the release that a chart installs. */
const ofChart = (chart: keyof typeof charts, path: string, sum: string): CrdModule => ({
  path,
  version: v(charts[chart].version),
  sum,
});

/** By what they define; the same release as the chart or provider that the platform installs, where it is published. */
export const CRD_MODULES = {
  "cert-manager": ofChart(
    "cert-manager",
    "github.com/cert-manager/cert-manager",
    "h1:CimnY00nLqB2lmxhoSuEC4GDMFDK7JCXqyjwMM9ndIQ=",
  ),
  cilium: ofChart("cilium", "github.com/cilium/cilium", "h1:R4tqIO3wwjzr5TnPw5cSbUhdMIjMAoHhtjNvO/hIZ+Q="),
  "control-plane-kamaji": provider("control-plane-kamaji", "h1:rYRwnpBynwIogBhz78RPJ31CZE/kuHj2JS1/CI46T9M="),
  // later releases are not served as Go modules
  kamaji: {
    path: "github.com/clastix/kamaji",
    version: "v1.0.0",
    sum: "h1:QY99C2qA3LpvVCKRxZcE96/uKf5Fd7hNpjJ676jrIBY=",
  },
  // Multus and its kind are released apart
  multus: {
    path: "github.com/k8snetworkplumbingwg/network-attachment-definition-client",
    version: "v1.7.7",
    sum: "h1:z4P744DR+PIpkjwXSEc6TvN3L6LVzmUquFgmNm8wSUc=",
  },
  "kube-ovn": ofChart("kube-ovn-v2", "github.com/kubeovn/kube-ovn", "h1:ak8LHclz9obQtxH3j5EHn/kHRCnoErYb/Mjh82W4a2I="),
  "snapshot-controller": {
    path: "github.com/kubernetes-csi/external-snapshotter/client/v8",
    version: "v8.6.0",
    sum: "h1:FtGewu2k6HWw6evLGXY8JqUZ9eHpti1kd3e4amj+ilA=",
  },
  metallb: ofChart("metallb", "go.universe.tf/metallb", "h1:iVtjCslcUFMOEvuNeAyW2ygZxyW+6YjnNcEuCTOZezc="),
  "cluster-api-operator": ofChart(
    "cluster-api-operator",
    "sigs.k8s.io/cluster-api-operator",
    "h1:pmqIRWQIta/Lcj7t6AmSVXm3jPoFhg4EFGfnNTJnRAw=",
  ),
  "bootstrap-talos": provider("bootstrap-talos", "h1:c4BNooloe7dVyE2lE08kkUkyggCU7oy5z++PCv78mfw="),
  "ipam-in-cluster": provider("ipam-in-cluster", "h1:DO6VrWMAmkX7D50CSLiKR62kcvxtH2Zdm312KB115XE="),
  "infrastructure-kubevirt": provider("infrastructure-kubevirt", "h1:+DyQP1xvAD34Cce/5efG1sJFwJZ3pxwoj17oEuKv/EI="),
  "infrastructure-vsphere": provider("infrastructure-vsphere", "h1:6fN9Df5EBtxzI5546L4kzevCyE/wM9qWv8ZS+iAU9f8="),
  "addon-helm": provider("addon-helm", "h1:Hc2B7KrnDSJEYzau/SBkft55c72ulSl8j+fHpPtMLD4="),
  "control-plane-kubeadm": provider("control-plane-kubeadm", "h1:RH6xfpOhKvQSJf5LxQWWbhXkc9Y1DXvQCkiscYvkAdc="),
  "cluster-api": provider("core", "h1:RH6xfpOhKvQSJf5LxQWWbhXkc9Y1DXvQCkiscYvkAdc="),
  "gateway-api": {
    path: "sigs.k8s.io/gateway-api",
    version: "v1.4.0",
    sum: "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
  },
  // an operator's application has another version than its chart
  "cloudnative-pg": {
    path: "github.com/cloudnative-pg/cloudnative-pg",
    version: "v1.30.0",
    sum: "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=",
  },
  "grafana-operator": ofChart(
    "grafana-operator",
    "github.com/grafana/grafana-operator/v5",
    "h1:7NvVn7J7hknBBWte99giWEK4TV5qYfZdvDIW8WeU3oU=",
  ),
  "rook-ceph": ofChart("rook-ceph", "github.com/rook/rook", "h1:2+Qe/CLcZ2WrXf9Vhf21JwZQqN8cVXPQskZzHf3KLjU="),
  "lvm-localpv": ofChart(
    "lvm-localpv",
    "github.com/openebs/lvm-localpv",
    "h1:ikmweaULWdJWp8+muN21Ge7wmrKb2K2SCowPKg7BpYo=",
  ),
  "victoria-metrics-operator": {
    path: "github.com/VictoriaMetrics/operator",
    version: "v0.74.1",
    sum: "h1:NyGPEt1HlrwpF9zSqdcrrBaxI2uUfndNppOCmlDrZhc=",
  },
  velero: {
    path: "github.com/vmware-tanzu/velero",
    version: "v1.18.1",
    sum: "h1:eV+urQYesy7tJLVkGM5fs9s/nfOWKtoFezcY1r8IjJM=",
  },
  "vertical-pod-autoscaler": {
    path: "k8s.io/autoscaler/vertical-pod-autoscaler",
    version: "v1.5.1",
    sum: "h1:LlVtM3IKqIVHz1ZXC3ahe/mAtDWb7Eob0tyTzqFULqg=",
  },
} as const satisfies Readonly<Record<string, CrdModule>>;

/** Of Flux, which no component of the platform installs yet: tests hold what tenants ask of it against its kinds. */
export const FLUX_MODULES = [
  {
    path: "github.com/fluxcd/helm-controller",
    version: "v1.4.0",
    sum: "h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=",
  },
  {
    path: "github.com/fluxcd/source-controller",
    version: "v1.7.0",
    sum: "h1:/fBgS4CSmT5Jj/fjQDF92y+pC3gst1GJjgNSzY8Ff9I=",
  },
  {
    path: "github.com/fluxcd/kustomize-controller",
    version: "v1.6.0",
    sum: "h1:13S+wqCQ44njSg59DNgm1qMqVkK6+0eoZs+jv4+EWCs=",
  },
] as const satisfies readonly CrdModule[];

/** Of the Pulumi Kubernetes Operator: what `firmament jobs operator` writes is held against its kinds. */
export const OPERATOR_MODULE = {
  path: "github.com/pulumi/pulumi-kubernetes-operator/v2",
  version: "v2.9.0",
  sum: "h1:3S8mm8iOG7nu/l0Y0/kMMK/WivxW7S2ioCglkX5clgY=",
} as const satisfies CrdModule;
