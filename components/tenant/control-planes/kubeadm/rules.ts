import type { Problem } from "../../../core/problem";
import { apiServers } from "../../capacity";
import { machineProblems } from "../../infrastructure/vsphere/rules";
import { unserved } from "../../platform-capabilities";
import { bootSource } from "../../node-image";
import type { Tenant } from "../../settings";
import { isAddress, type KubeadmSettings } from "../../settings/kubeadm-control-plane";
import { apiServerData } from "../api-server";
import { CONTROL_PLANE_POOL } from "./plan";

const WHERE = "tenant.controlPlane.kubeadm";

/** What is wrong with a control plane on machines. */
export function kubeadmProblems(tenant: Tenant): Problem[] {
  const { kubeadm } = tenant.controlPlane;
  const offered = unserved(tenant, {
    where: "tenant.controlPlane.provider",
    given: "kubeadm",
    capability: "cluster-api/kubeadm-control-plane",
    fix: "set it to kamaji, or switch on the platform's component cluster-api-kubeadm-control-plane",
  });
  if (kubeadm === undefined) {
    const rule = "must say which machines it runs on and where its API answers";
    const fix = "give it, or set tenant.controlPlane.provider to kamaji";
    return [...offered, { where: WHERE, given: "missing", rule, fix }];
  }
  return [
    ...offered,
    ...countProblems(tenant),
    ...onlyHosted(tenant),
    ...endpointProblems(kubeadm),
    ...imageProblems(tenant, kubeadm),
    ...sizeProblems(tenant, kubeadm),
    ...fileProblems(tenant),
    ...poolProblems(tenant),
  ];
}

/** A majority of etcd's members has to be there. */
function countProblems(tenant: Tenant): Problem[] {
  const replicas = apiServers(tenant);
  if (replicas % 2 === 1) return [];
  const rule = "must be odd: there is an etcd on each machine, and an even number survives no more than one fewer";
  return [{ where: "tenant.controlPlane.replicas", given: String(replicas), rule, fix: "set it to 1, 3 or 5" }];
}

/** Settings that are Kamaji's: one message each. */
function onlyHosted({ controlPlane, hibernated }: Tenant): Problem[] {
  const { dataStore, serviceType, allowedSources, loadBalancer, ingress, gateway, konnectivity } = controlPlane;
  const rule = "is for a control plane in pods, and that of this cluster is on machines";
  const sized = (["apiServer", "controllerManager", "scheduler", "konnectivity"] as const).flatMap((name) => {
    const { requests, limits } = controlPlane[name].resources;
    const some = Object.values({ ...requests, ...limits })[0];
    return [[`controlPlane.${name}.resources`, some, "give its machines more, or remove it"] as const];
  });
  const given: readonly (readonly [setting: string, given: string | undefined, fix: string])[] = [
    ["controlPlane.dataStore", dataStore, "remove it: its state is in an etcd on each machine"],
    [
      "controlPlane.serviceType",
      serviceType === "LoadBalancer" ? undefined : serviceType,
      `remove it, and use ${WHERE}.endpoint`,
    ],
    ["controlPlane.allowedSources", allowedSources[0]?.toString(), "close its network where its machines are"],
    ["controlPlane.loadBalancer", loadBalancer && "given", `remove it, and use ${WHERE}.endpoint`],
    ["controlPlane.ingress", ingress?.host, `remove it, and use ${WHERE}.endpoint`],
    ["controlPlane.gateway", gateway?.host, `remove it, and use ${WHERE}.endpoint`],
    ["controlPlane.konnectivity.version", konnectivity.version, "remove it: API servers reach pods by their network"],
    ...sized,
    ["hibernated", hibernated ? "true" : undefined, "set it to false: an etcd without machines has no state"],
  ];
  return given.flatMap(([setting, value, fix]) =>
    value === undefined ? [] : [{ where: `tenant.${setting}`, given: value, rule, fix }],
  );
}

function endpointProblems({ endpoint }: KubeadmSettings): Problem[] {
  const { host, heldBy, interface: card, networks } = endpoint;
  const where = `${WHERE}.endpoint`;
  if (heldBy === "kube-vip") {
    if (isAddress(host)) return [];
    const rule = "must be an IPv4 address: kube-vip holds it in the network of the machines";
    return [{ where: `${where}.host`, given: host, rule, fix: "give a free address, or set heldBy to load-balancer" }];
  }
  return [
    ...(card === undefined
      ? []
      : [
          {
            where: `${where}.interface`,
            given: card,
            rule: "is for kube-vip, and a load balancer holds this address",
            fix: "remove it",
          },
        ]),
    ...(isAddress(host) || networks.length > 0
      ? []
      : [
          {
            where: `${where}.networks`,
            given: "none",
            rule: `must say where ${host} answers: the tenant's controllers in the management cluster reach nothing else`,
            fix: "name its networks, e.g. 192.0.2.10/32",
          },
        ]),
  ];
}

/** kubeadm of another minor does not start a control plane of this one. */
function imageProblems({ kubernetesVersion }: Tenant, { machines }: KubeadmSettings): Problem[] {
  const source = bootSource(machines.vsphere === undefined ? {} : { vsphere: machines.vsphere });
  if (source?.version === undefined || String(source.version) === String(kubernetesVersion)) return [];
  const rule = `must hold kubeadm and kubelet of ${kubernetesVersion}, the cluster's version: machines of another are replaced for ever`;
  const where = `${WHERE}.machines.${source.setting}`;
  return [{ where, given: source.name, rule, fix: `use a template of ${kubernetesVersion}` }];
}

function sizeProblems({ infrastructure }: Tenant, { machines }: KubeadmSettings): Problem[] {
  if (infrastructure !== "vsphere") return [];
  const { diskSize, ...others } = machines;
  return machineProblems(
    `${WHERE}.machines`,
    { ...others, ...(diskSize === undefined ? {} : { disk: { size: diskSize } }) },
    "diskSize",
  );
}

/** What a file on a machine may have, by the schema of KubeadmControlPlane. */
const LONGEST = 10_240;

function fileProblems(tenant: Tenant): Problem[] {
  return Object.entries(apiServerData(tenant)).flatMap(([name, content]) =>
    content.length <= LONGEST
      ? []
      : [
          {
            where: `tenant.controlPlane.${name.startsWith("audit") ? "audit" : "authentication"}`,
            given: `${content.length} characters`,
            rule: `must make a file of at most ${LONGEST}: machines get it as they start`,
            fix: "have fewer rules or issuers",
          },
        ],
  );
}

function poolProblems({ nodePools }: Tenant): Problem[] {
  const talos = Object.entries(nodePools).flatMap(([name, { bootstrap }]) =>
    bootstrap === "kubeadm"
      ? []
      : [
          {
            where: `tenant.nodePools.${name}.bootstrap`,
            given: bootstrap,
            rule: "joins control planes in pods alone",
            fix: "set it to kubeadm",
          },
        ],
  );
  if (nodePools[CONTROL_PLANE_POOL] === undefined) return talos;
  const rule = "is the name of the control plane's own machines";
  return [
    ...talos,
    { where: `tenant.nodePools.${CONTROL_PLANE_POOL}`, given: "a pool", rule, fix: "choose another name" },
  ];
}
