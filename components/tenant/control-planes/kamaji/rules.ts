import type { Problem } from "../../../core/problem";
import { quantity } from "../../../core/quantity";
import { controlPlaneResources } from "../../capacity";
import type { Tenant } from "../../settings";
import { exposureProblems } from "./exposure";

/** What is wrong with a control plane in pods. */
export function kamajiProblems(tenant: Tenant): Problem[] {
  return [
    ...offerProblems(tenant),
    ...machineProblems(tenant),
    ...dataStoreProblems(tenant),
    ...exposureProblems(tenant),
    ...resourceProblems(tenant),
    ...konnectivityProblems(tenant),
  ];
}

/** Platforms that do not say what they provide have Kamaji. */
function offerProblems({ platform: { capabilities } }: Tenant): Problem[] {
  if (capabilities === undefined || capabilities.includes("cluster-api/control-plane")) return [];
  const rule = "the platform must provide cluster-api/control-plane";
  const fix = "set it to what the platform offers, or switch on its component kamaji";
  return [{ where: "tenant.controlPlane.provider", given: "kamaji", rule, fix }];
}

function machineProblems({ controlPlane: { kubeadm } }: Tenant): Problem[] {
  if (kubeadm === undefined) return [];
  const rule = "is for a control plane on machines, and that of this cluster are pods";
  const fix = "set tenant.controlPlane.provider to kubeadm, or remove it";
  return [{ where: "tenant.controlPlane.kubeadm", given: kubeadm.endpoint.host, rule, fix }];
}

function dataStoreProblems({ controlPlane: { dataStore }, platform }: Tenant): Problem[] {
  const known = [platform.dataStore, ...Object.keys(platform.dataStores)];
  if (dataStore === undefined || known.includes(dataStore)) return [];
  const rule = "must be a DataStore of the platform";
  const fix = `use one of ${known.join(", ")}, or name it in the platform's stack file (platform.dataStores)`;
  return [{ where: "tenant.controlPlane.dataStore", given: dataStore, rule, fix }];
}

function resourceProblems(tenant: Tenant): Problem[] {
  return Object.entries(controlPlaneResources(tenant)).flatMap(([component, { requests, limits }]) =>
    (["cpu", "memory"] as const)
      .filter((of) => quantity(requests[of]) > quantity(limits[of]))
      .map((of) => ({
        where: `tenant.controlPlane.${component}.resources.requests.${of}`,
        given: requests[of],
        rule: `must not exceed the limit of ${limits[of]}`,
        fix: `lower it, or raise resources.limits.${of}`,
      })),
  );
}

/** How far the tunnel may stay behind the cluster: images appear after the version that they are for. */
const TUNNEL_BEHIND = 3;

function konnectivityProblems({ controlPlane, kubernetesVersion }: Tenant): Problem[] {
  const { version } = controlPlane.konnectivity;
  if (version === undefined) return [];
  const behind = kubernetesVersion.minor - Number(version.split(".")[1]);
  if (behind >= 0 && behind <= TUNNEL_BEHIND) return [];
  const rule = `must fit Kubernetes v1.${kubernetesVersion.minor}: its minor, or up to ${TUNNEL_BEHIND} before it`;
  const fix = `use a version of v0.${kubernetesVersion.minor}`;
  return [{ where: "tenant.controlPlane.konnectivity.version", given: version, rule, fix }];
}
