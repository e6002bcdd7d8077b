import { isChart, type ChartStage, type Component } from "./component";
import { certManager } from "./components/cert-manager";
import { cdi } from "./components/cdi";
import { cilium } from "./components/cilium";
import { ciliumLbIpam } from "./components/cilium-lb-ipam";
import { clusterApi } from "./components/cluster-api";
import { clusterApiHelm } from "./components/cluster-api-helm";
import { etcdBackup } from "./components/etcd-backup";
import { kamaji } from "./components/kamaji";
import { kamajiEtcd } from "./components/kamaji-etcd";
import { kubeOvn } from "./components/kube-ovn";
import { kubevirt } from "./components/kubevirt";
import { localPath } from "./components/local-path";
import { metallb } from "./components/metallb";
import { multus } from "./components/multus";
import { piraeus } from "./components/piraeus";
import { snapshotController } from "./components/snapshot-controller";
import { tenantServicesPolicy } from "./components/tenant-services";
import { hubble } from "./components/hubble";
import { metricsServer } from "./components/metrics-server";
import { reloader } from "./components/reloader";
import { verticalPodAutoscaler } from "./components/vertical-pod-autoscaler";
import { fluxOperator } from "./components/flux-operator";
import { grafanaOperator } from "./components/grafana-operator";
import { cloudnativePg } from "./components/cloudnative-pg";
import { mariadbOperator } from "./components/mariadb-operator";
import { redisOperator } from "./components/redis-operator";
import { rabbitmqOperator } from "./components/rabbitmq-operator";
import { kubeVip } from "./components/kube-vip";
import { gatewayApi } from "./components/gateway-api";
import { velero } from "./components/velero";
import { rookCeph } from "./components/rook-ceph";
import { openebsLvm } from "./components/openebs-lvm";
import { clusterApiAddresses } from "./components/cluster-api-addresses";
import { clusterApiKubeadmControlPlane } from "./components/cluster-api-kubeadm-control-plane";
import { clusterApiTalos } from "./components/cluster-api-talos";
import { clusterApiVsphere } from "./components/cluster-api-vsphere";
import { victoriaMetrics } from "./components/victoria-metrics";

/**
 * Every component that a platform can have. Order is computed from what they need and provide; among those that can
 * come next the first of this list does.
 */
export const COMPONENTS: readonly Component[] = [
  gatewayApi,
  cilium,
  kubeOvn,
  multus,
  certManager,
  metallb,
  ciliumLbIpam,
  kubeVip,
  hubble,
  snapshotController,
  piraeus,
  localPath,
  rookCeph,
  openebsLvm,
  kubevirt,
  cdi,
  clusterApi,
  clusterApiHelm,
  clusterApiTalos,
  clusterApiVsphere,
  clusterApiKubeadmControlPlane,
  clusterApiAddresses,
  kamaji,
  kamajiEtcd,
  etcdBackup,
  tenantServicesPolicy,
  metricsServer,
  victoriaMetrics,
  velero,
  reloader,
  verticalPodAutoscaler,
  fluxOperator,
  grafanaOperator,
  cloudnativePg,
  mariadbOperator,
  redisOperator,
  rabbitmqOperator,
];

/** Every chart of these components. */
export function chartsOf(components: readonly Component[]): readonly ChartStage[] {
  return components.flatMap(({ stages }) => stages.filter(isChart));
}
