import { CLUSTER_AUTOSCALER_IMAGE, CLUSTER_AUTOSCALERS } from "../../../../versions/autoscaler";
import type { Problem } from "../../../core/problem";
import type { KubernetesVersion } from "../../../core/version";
import type { ObjectExemption } from "../../../kubernetes/exemptions";
import type { ManagementSide, TenantAddon } from "../../addon";
import { namespaceOf } from "../../names";
import type { Tenant } from "../../settings";
import { accessExemptions } from "../../tenant-access";
import {
  type Controller,
  controllerDemand,
  controllerObjects,
  managementApi,
  TENANT_KUBECONFIG,
  tenantKubeconfig,
} from "../controller";
import { insideRights, outsideRights } from "./rights";

const NAME = "cluster-autoscaler";
const PORT = 8085;

/** Chooses the number of machines of the pools that say between which numbers. */
export const clusterAutoscaler: TenantAddon<"clusterAutoscaler"> = {
  name: "clusterAutoscaler",
  description:
    "Pools grow for pods that find no room, from no machine too, and shrink when nodes are not needed (Cluster Autoscaler).",
  provides: ["autoscaling"],
  needs: ["pod-network"],
  installed: ({ addons, nodePools }) =>
    addons.clusterAutoscaler.enabled ?? Object.values(nodePools).some(({ autoscaling }) => autoscaling !== undefined),
  check: ({ kubernetesVersion }) => releaseProblems(kubernetesVersion),
  management: managementSide,
  objectExemptions: [...accessExemptions(NAME, ["kube-system"]), byTag()],
  apiClients: [NAME],
};

function managementSide(tenant: Tenant): ManagementSide {
  const controller = controllerOf(tenant);
  return {
    objects: controllerObjects(tenant, controller),
    networkPolicies: [managementApi(tenant, controller)],
    demand: controllerDemand(controller),
    access: [{ name: NAME, rights: insideRights() }],
  };
}

function controllerOf(tenant: Tenant): Controller {
  const { volume, mount } = tenantKubeconfig({ name: NAME });
  const probe = { httpGet: { path: "/health-check", port: "http" } } as const;
  return {
    name: NAME,
    // one works, by a lease in the tenant; nobody waits for the other while it starts
    replicas: 1,
    usesManagementApi: true,
    rights: outsideRights(tenant),
    volumes: [volume],
    containers: [
      {
        name: NAME,
        image: `${CLUSTER_AUTOSCALER_IMAGE}:v${CLUSTER_AUTOSCALERS[tenant.kubernetesVersion.minor] ?? ""}`,
        command: ["/cluster-autoscaler"],
        args: flags(tenant),
        env: [{ name: "CAPI_GROUP", value: "cluster.x-k8s.io" }],
        resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
        ports: [{ name: "http", containerPort: PORT }],
        readinessProbe: { ...probe, periodSeconds: 10 },
        livenessProbe: { ...probe, initialDelaySeconds: 60, periodSeconds: 20, failureThreshold: 5 },
        volumeMounts: [mount],
      },
    ],
  };
}

/** Taints of nodes that are new: of the cloud controller, and of Cluster API. */
const STARTING = ["node.cloudprovider.kubernetes.io/uninitialized", "node.cluster.x-k8s.io/uninitialized"];

function flags({ name, addons }: Tenant): string[] {
  const settings = addons.clusterAutoscaler;
  return [
    "--cloud-provider=clusterapi",
    // pods and nodes are the tenant's; machines are those of the namespace, with the account of its pod
    `--kubeconfig=${TENANT_KUBECONFIG}`,
    "--clusterapi-cloud-config-authoritative",
    `--node-group-auto-discovery=clusterapi:namespace=${namespaceOf(name)},clusterName=${name}`,
    "--namespace=kube-system",
    `--address=:${PORT}`,
    `--expander=${settings.expander}`,
    `--balance-similar-node-groups=${settings.balanceSimilarNodeGroups}`,
    // a larger min takes effect without a pod that waits
    "--enforce-node-group-min-size=true",
    `--max-node-provision-time=${settings.maxNodeProvisionSeconds}s`,
    `--scale-down-unneeded-time=${settings.scaleDownUnneededSeconds}s`,
    `--scale-down-delay-after-add=${settings.scaleDownDelayAfterAddSeconds}s`,
    `--scale-down-utilization-threshold=${settings.scaleDownUtilizationThreshold}`,
    // every node has pods of DaemonSets: they say nothing of whether it is needed
    "--ignore-daemonsets-utilization=true",
    // CoreDNS and its like may be anywhere, and would else keep a node for themselves
    "--skip-nodes-with-system-pods=false",
    "--cordon-node-before-terminating=true",
    // a node that its controllers have yet to look at is about to take the pod that it was made for: no second one
    ...STARTING.map((taint) => `--startup-taint=${taint}`),
  ];
}

/** Before the first API call: without a release of the minor there would be no image to name. */
function releaseProblems(version: KubernetesVersion): Problem[] {
  if (CLUSTER_AUTOSCALERS[version.minor] !== undefined) return [];
  const minors = Object.keys(CLUSTER_AUTOSCALERS).map((minor) => `v1.${minor}`);
  const rule = `the autoscaler has releases for ${minors.join(", ")}`;
  const fix = "choose one of these, or set tenant.addons.clusterAutoscaler.enabled to false";
  return [{ where: "tenant.kubernetesVersion", given: String(version), rule, fix }];
}

function byTag(): ObjectExemption {
  return {
    rule: "image-digest",
    selector: { kind: "Deployment", name: NAME },
    reason: "upstream names the image by its tag, which a site that keeps a mirror pins there",
  };
}
