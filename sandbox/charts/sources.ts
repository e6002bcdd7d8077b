import type { CrdSource } from "../../components/platform/crd-sources";
import * as cdi from "../../components/platform/components/cdi/sandbox";
import * as certManager from "../../components/platform/components/cert-manager/sandbox";
import * as cilium from "../../components/platform/components/cilium/sandbox";
import * as clusterApi from "../../components/platform/components/cluster-api/sandbox";
import * as kamaji from "../../components/platform/components/kamaji/sandbox";
import * as kamajiEtcd from "../../components/platform/components/kamaji-etcd/sandbox";
import * as kubeOvn from "../../components/platform/components/kube-ovn/sandbox";
import * as kubevirt from "../../components/platform/components/kubevirt/sandbox";
import * as metallb from "../../components/platform/components/metallb/sandbox";
import * as multus from "../../components/platform/components/multus/sandbox";
import * as piraeus from "../../components/platform/components/piraeus/sandbox";
import * as snapshotController from "../../components/platform/components/snapshot-controller/sandbox";
import type { ChartSandbox, FakeKind, FakeProvider } from "../../components/platform/sandbox";

const ALL = [
  cilium,
  kubeOvn,
  multus,
  certManager,
  metallb,
  snapshotController,
  piraeus,
  kubevirt,
  cdi,
  clusterApi,
  kamaji,
].map(({ SANDBOX }) => SANDBOX);

/** What the sandbox installs in place of each chart of the lock. */
export const STUB_CHARTS: Readonly<Record<string, ChartSandbox>> = {
  cilium: cilium.CHART_SANDBOX,
  "kube-ovn-v2": kubeOvn.CHART_SANDBOX,
  multus: multus.CHART_SANDBOX,
  "cert-manager": certManager.CHART_SANDBOX,
  metallb: metallb.CHART_SANDBOX,
  "snapshot-controller": snapshotController.CHART_SANDBOX,
  piraeus: piraeus.CHART_SANDBOX,
  "kubevirt-operator": kubevirt.CHART_SANDBOX,
  "cdi-operator": cdi.CHART_SANDBOX,
  "cluster-api-operator": clusterApi.CHART_SANDBOX,
  "kamaji-crds": kamaji.CRDS_CHART_SANDBOX,
  kamaji: kamaji.CHART_SANDBOX,
  "kamaji-etcd": kamajiEtcd.CHART_SANDBOX,
};

export const CRD_SOURCES: readonly CrdSource[] = ALL.flatMap(({ crds = [] }) => crds);

export const FAKE_KINDS: readonly FakeKind[] = ALL.flatMap(({ fakes = [] }) => fakes);

export const FAKE_PROVIDERS: readonly FakeProvider[] = ALL.flatMap(({ providers = [] }) => providers);

/** What in the CRD bundle is not upstream's own, and why; said by `npm start`. */
export const SIMULATED: readonly { readonly component: string; readonly what: string; readonly why: string }[] =
  CRD_SOURCES.flatMap((source) =>
    "simulated" in source && source.simulated !== undefined ? [{ component: source.bundle, ...source.simulated }] : [],
  );
