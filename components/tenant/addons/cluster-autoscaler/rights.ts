import type { PolicyRule, Rights } from "../../../kubernetes/rbac";
import { infrastructureOf } from "../../infrastructure";
import { namespaceOf } from "../../names";
import type { Tenant } from "../../settings";

const READ = ["get", "list", "watch"];
const CAPI = "cluster.x-k8s.io";
const LEASE = "cluster-autoscaler";
const STATUS = "cluster-autoscaler-status";

const rule = (
  apiGroup: string,
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

/**
 * In the management cluster: it looks at pools and machines, marks the machine that goes, and sets the number of a pool by
 * its scale and nothing else of it. It watches MachinePools, and the templates of machines, wherever there are any: without
 * the right its caches never fill (1.34, clusterapi_controller.go).
 */
export function outsideRights(tenant: Pick<Tenant, "name" | "infrastructure">): Rights {
  return {
    namespaces: {
      [namespaceOf(tenant.name)]: [
        rule(CAPI, ["machinedeployments", "machinesets", "machinepools"], READ),
        rule(CAPI, ["machines"], [...READ, "update"]),
        // 1.32 updates it, later ones patch it
        rule(CAPI, ["machinedeployments/scale"], ["get", "update", "patch"]),
        rule("infrastructure.cluster.x-k8s.io", [`${infrastructureOf(tenant).template.kind.toLowerCase()}s`], READ),
      ],
    },
  };
}

/** In the tenant: what its simulation of the scheduler looks at, nodes that it taints, pods that it evicts. */
export function insideRights(): Rights {
  return {
    cluster: [
      rule("", ["nodes"], [...READ, "update"]),
      rule("", ["pods/eviction"], ["create"]),
      rule("", ["events"], ["create", "patch"]),
      rule(
        "",
        ["pods", "namespaces", "services", "replicationcontrollers", "persistentvolumes", "persistentvolumeclaims"],
        READ,
      ),
      rule("apps", ["daemonsets", "replicasets", "statefulsets"], READ),
      rule("batch", ["jobs"], READ),
      rule("policy", ["poddisruptionbudgets"], READ),
      rule(
        "storage.k8s.io",
        ["storageclasses", "csinodes", "csidrivers", "csistoragecapacities", "volumeattachments"],
        READ,
      ),
      rule("resource.k8s.io", ["resourceslices", "deviceclasses", "resourceclaims"], READ),
    ],
    namespaces: {
      "kube-system": [
        rule("", ["configmaps"], ["create"]),
        rule("", ["configmaps"], ["get", "update"], [STATUS]),
        rule("coordination.k8s.io", ["leases"], ["create"]),
        rule("coordination.k8s.io", ["leases"], ["get", "update"], [LEASE]),
      ],
    },
  };
}
