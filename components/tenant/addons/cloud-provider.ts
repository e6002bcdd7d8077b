import { kind, type ObjectMeta } from "../../kubernetes/manifest";
import type { PolicyRule, Rights } from "../../kubernetes/rbac";
import type { AddonNetworkPolicy, ManagementSide } from "../addon";
import type { Tenant } from "../settings";
import {
  type Controller,
  type ControllerContainer,
  controllerDemand,
  controllerMetadata,
  controllerObjects,
} from "./controller";

/*
 * What cloud controllers have in common: each is a program over the framework of k8s.io/cloud-provider, which serves its
 * health on a port of its own, reads one file and writes nodes of the tenant.
 */

/** Where it serves its health, by TLS. */
export const CLOUD_CONTROLLER_PORT = 10_258;

const ConfigMap = kind<{ readonly metadata: ObjectMeta; readonly data: Readonly<Record<string, string>> }>(
  "v1",
  "ConfigMap",
);

/** @param startSeconds in which it is not asked whether it lives. */
export function cloudControllerLimits(
  startSeconds: number,
): Pick<ControllerContainer, "resources" | "ports" | "readinessProbe" | "livenessProbe"> {
  const probe = { httpGet: { path: "/healthz", port: "https", scheme: "HTTPS" } } as const;
  return {
    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "250m", memory: "256Mi" } },
    ports: [{ name: "https", containerPort: CLOUD_CONTROLLER_PORT }],
    readinessProbe: { ...probe, periodSeconds: 10 },
    livenessProbe: { ...probe, initialDelaySeconds: startSeconds, periodSeconds: 20, failureThreshold: 5 },
  };
}

/** Its side in the management cluster, with its file in a ConfigMap of the controller's name. */
export function cloudControllerSide(
  tenant: Tenant,
  controller: Controller,
  parts: {
    /** By name of the file. */
    readonly config: Readonly<Record<string, string>>;
    readonly networkPolicies: AddonNetworkPolicy[];
    /** What it may do in the tenant's cluster beside what nodes need. Default: nothing. */
    readonly rules?: PolicyRule[];
  },
): ManagementSide {
  const metadata = controllerMetadata(tenant, controller);
  return {
    objects: [
      { suffix: `${controller.name}-config`, object: ConfigMap({ metadata, data: parts.config }) },
      ...controllerObjects(tenant, controller),
    ],
    networkPolicies: parts.networkPolicies,
    demand: controllerDemand(controller),
    access: [{ name: controller.name, rights: insideRights(parts.rules ?? []) }],
  };
}

/** In the tenant: those of the framework's controllers of nodes, and the lease of the copy that works. */
function insideRights(rules: PolicyRule[]): Rights {
  const lease = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  return {
    cluster: [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "update", "patch", "delete"] },
      { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
      ...rules,
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
    ],
    namespaces: {
      "kube-system": [
        { ...lease, verbs: ["create"] },
        { ...lease, resourceNames: ["cloud-controller-manager"], verbs: ["get", "update"] },
      ],
    },
  };
}
