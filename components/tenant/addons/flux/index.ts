import type { Problem } from "../../../core/problem";
import { objectName } from "../../../core/names";
import type { KubernetesObject } from "../../../kubernetes/manifest";
import type { AddonObject, TenantAddon } from "../../addon";
import { tenantMetadata } from "../../names";
import type { Tenant } from "../../settings";
import { unserved } from "../../platform-capabilities";
import { chartProblems, readValues } from "../customer-charts";

const WHERE = "tenant.addons.flux";

/** What Flux of the management cluster applies to the tenant's and keeps as its sources say. */
export const flux: TenantAddon<"flux"> = {
  name: "flux",
  description: "Charts and Git repositories of the customer, applied by Flux of the management cluster.",
  provides: [],
  needs: [],
  check: (tenant) => {
    const { releases, kustomizations } = tenant.addons.flux;
    const names = [...Object.keys(releases), ...Object.keys(kustomizations)];
    if (names.length === 0) return [];
    const fix = "install them with tenant.addons.helm, or from within the tenant's cluster";
    return [
      ...unserved(tenant, { where: WHERE, given: names.join(", "), capability: "flux", fix }),
      ...Object.entries(releases).flatMap(([name, chart]) => chartProblems(`${WHERE}.releases.${name}`, chart, false)),
      ...Object.entries(kustomizations).flatMap(([name, each]) => gitProblems(`${WHERE}.kustomizations.${name}`, each)),
    ];
  },
  management: (tenant) => {
    const { releases, kustomizations } = tenant.addons.flux;
    return {
      objects: [
        ...sorted(releases).flatMap(([name, release]) => releaseObjects(tenant, name, release)),
        ...sorted(kustomizations).flatMap(([name, each]) => kustomizationObjects(tenant, name, each)),
      ],
      networkPolicies: [],
      demand: { cpu: 0, memory: 0, pods: 0 },
    };
  },
};

type Release = Tenant["addons"]["flux"]["releases"][string];
type Kustomization = Tenant["addons"]["flux"]["kustomizations"][string];

function gitProblems(where: string, { url, branch, tag }: Kustomization): Problem[] {
  const problems: Problem[] = [];
  if (!/^(?:https|http|ssh):\/\/[^\s/]/.test(url)) {
    const fix = "write git@host:path as ssh://git@host/path";
    problems.push({ where: `${where}.url`, given: url, rule: "must be a URL of a Git repository", fix });
  }
  if ((branch === undefined) === (tag === undefined)) {
    const given = branch === undefined ? "neither" : "both";
    problems.push({ where, given, rule: "must have either branch or tag", fix: "choose one of the two" });
  }
  return problems;
}

/**
 * The administrator's kubeconfig, as Cluster API writes it. Once that is gone, with the Cluster, Flux lets go of what it
 * cannot reach any more (helm-controller 1.4.0).
 */
const kubeConfig = (name: string) => ({ secretRef: { name: `${name}-kubeconfig`, key: "value" } });

function releaseObjects(tenant: Tenant, name: string, given: Release): AddonObject[] {
  const { repository, chart, version, namespace, values } = given;
  const own = metadataOf(tenant, name);
  const source = object("source.toolkit.fluxcd.io/v1", "HelmRepository", own, {
    interval: "1h",
    url: repository,
    ...(repository.startsWith("oci://") ? { type: "oci" } : {}),
  });
  const release = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", own, {
    interval: "10m",
    timeout: "10m",
    releaseName: name,
    targetNamespace: namespace,
    storageNamespace: namespace,
    kubeConfig: kubeConfig(tenant.name),
    chart: { spec: { chart, version, sourceRef: { kind: "HelmRepository", name: own.name } } },
    // nodes may come later: a failed installation is tried again rather than given up
    install: { createNamespace: true, remediation: { retries: -1 } },
    upgrade: { remediation: { retries: 3 } },
    driftDetection: { mode: "enabled" },
    ...(values === undefined ? {} : { values: readValues(values) }),
  });
  return [
    { suffix: `flux-${name}-repository`, object: source },
    { suffix: `flux-${name}-release`, object: release },
  ];
}

function kustomizationObjects(tenant: Tenant, name: string, given: Kustomization): AddonObject[] {
  const { url, branch, tag, path, secret } = given;
  const own = metadataOf(tenant, name);
  const source = object("source.toolkit.fluxcd.io/v1", "GitRepository", own, {
    interval: "5m",
    url,
    ref: { ...(branch === undefined ? {} : { branch }), ...(tag === undefined ? {} : { tag }) },
    ...(secret === undefined ? {} : { secretRef: { name: secret } }),
  });
  const kustomization = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", own, {
    interval: "10m",
    timeout: "5m",
    path,
    prune: true,
    sourceRef: { kind: "GitRepository", name: own.name },
    kubeConfig: kubeConfig(tenant.name),
  });
  return [
    { suffix: `flux-${name}-source`, object: source },
    { suffix: `flux-${name}-kustomization`, object: kustomization },
  ];
}

function metadataOf({ name }: Tenant, own: string) {
  return tenantMetadata(name, objectName(name, own));
}

function object(
  apiVersion: string,
  kind: string,
  metadata: KubernetesObject["metadata"],
  spec: object,
): KubernetesObject {
  return { apiVersion, kind, metadata, spec };
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
