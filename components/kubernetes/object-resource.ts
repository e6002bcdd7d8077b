import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "./manifest";

/** A resource class of the SDK; which fields its object has is the API's matter, and checked there. */
type ObjectClass = new (name: string, object: never, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Built-in kinds have resource classes of their own in the SDK, with other type tokens than custom resources. */
const BUILT_IN: Readonly<Record<string, ObjectClass>> = {
  "v1 Namespace": k8s.core.v1.Namespace,
  "v1 ConfigMap": k8s.core.v1.ConfigMap,
  "v1 Secret": k8s.core.v1.Secret,
  "v1 Service": k8s.core.v1.Service,
  "v1 ServiceAccount": k8s.core.v1.ServiceAccount,
  "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy": k8s.admissionregistration.v1.ValidatingAdmissionPolicy,
  "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding":
    k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding,
  "apps/v1 DaemonSet": k8s.apps.v1.DaemonSet,
  "apps/v1 Deployment": k8s.apps.v1.Deployment,
  "batch/v1 CronJob": k8s.batch.v1.CronJob,
  "networking.k8s.io/v1 NetworkPolicy": k8s.networking.v1.NetworkPolicy,
  "policy/v1 PodDisruptionBudget": k8s.policy.v1.PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1 ClusterRole": k8s.rbac.v1.ClusterRole,
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": k8s.rbac.v1.ClusterRoleBinding,
  "rbac.authorization.k8s.io/v1 Role": k8s.rbac.v1.Role,
  "rbac.authorization.k8s.io/v1 RoleBinding": k8s.rbac.v1.RoleBinding,
  "storage.k8s.io/v1 CSIDriver": k8s.storage.v1.CSIDriver,
  "storage.k8s.io/v1 StorageClass": k8s.storage.v1.StorageClass,
};

/** Groups whose kinds are built in though their names look like those of custom ones. */
const CUSTOM_OF_K8S = /(^|\.)(x-k8s|snapshot\.storage\.k8s|gateway\.networking\.k8s)\.io$/;

/**
 * The Pulumi resource of an object that is plain data.
 *
 * @throws Error for a built-in kind that is not in the table: registered as a custom resource it would have another type.
 */
export function objectResource(
  name: string,
  object: KubernetesObject,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const { apiVersion, kind } = object;
  const BuiltIn = BUILT_IN[`${apiVersion} ${kind}`];
  if (BuiltIn !== undefined) return new BuiltIn(name, object as never, opts);
  const [group = ""] = apiVersion.split("/");
  if (!group.includes(".") || (group.endsWith(".k8s.io") && !CUSTOM_OF_K8S.test(group))) {
    throw new Error(
      `${name}: ${apiVersion} ${kind} — is a kind of Kubernetes itself without an entry in object-resource.ts; add it`,
    );
  }
  return new k8s.apiextensions.CustomResource(name, object, opts);
}
