package autoscaler

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// right is something that the real autoscaler does: without it, it waits for ever, or fails when it comes to it.
type right struct {
	group, resource, namespace, name string
	verbs                            string
}

const read = "get list watch"

const capi = "cluster.x-k8s.io"

// managementRights are those of 1.32 (updates the scale) and later ones (patch it) beside Cluster API.
func managementRights(namespace string) []right {
	return []right{
		{group: capi, resource: "machinedeployments", namespace: namespace, verbs: read},
		{group: capi, resource: "machinesets", namespace: namespace, verbs: read},
		{group: capi, resource: "machinepools", namespace: namespace, verbs: read},
		{group: capi, resource: "machines", namespace: namespace, verbs: read + " update"},
		// it watches the templates for what a machine has, also where annotations say it
		{group: "infrastructure.cluster.x-k8s.io", resource: "kubevirtmachinetemplates", namespace: namespace, verbs: read},
		{group: capi, resource: "machinedeployments/scale", namespace: namespace, verbs: "get update patch"},
	}
}

// workloadRights are those in the cluster whose pods count.
func workloadRights(namespace string) []right {
	return []right{
		{resource: "nodes", verbs: read + " update"},
		{resource: "pods", verbs: read},
		{resource: "pods/eviction", verbs: "create"},
		{resource: "namespaces", verbs: read},
		{resource: "services", verbs: read},
		{resource: "replicationcontrollers", verbs: read},
		{resource: "persistentvolumes", verbs: read},
		{resource: "persistentvolumeclaims", verbs: read},
		{group: "apps", resource: "daemonsets", verbs: "list watch"},
		{group: "apps", resource: "replicasets", verbs: "list watch"},
		{group: "apps", resource: "statefulsets", verbs: "list watch"},
		{group: "batch", resource: "jobs", verbs: "list watch"},
		{group: "policy", resource: "poddisruptionbudgets", verbs: "list watch"},
		{group: "storage.k8s.io", resource: "storageclasses", verbs: read},
		{group: "storage.k8s.io", resource: "csinodes", verbs: read},
		{group: "storage.k8s.io", resource: "csidrivers", verbs: read},
		{group: "storage.k8s.io", resource: "csistoragecapacities", verbs: read},
		{group: "storage.k8s.io", resource: "volumeattachments", verbs: read},
		{resource: "events", verbs: "create patch"},
		{resource: "configmaps", namespace: namespace, verbs: "create"},
		{resource: "configmaps", namespace: namespace, name: statusName, verbs: "get update"},
		{group: "coordination.k8s.io", resource: "leases", namespace: namespace, verbs: "create"},
		{group: "coordination.k8s.io", resource: "leases", namespace: namespace, name: leaseName, verbs: "get update"},
	}
}

// missing are the rights that a client does not have.
func missing(ctx context.Context, client kubernetes.Interface, rights []right) ([]string, error) {
	var out []string
	for _, each := range rights {
		resource, subresource, _ := strings.Cut(each.resource, "/")
		for _, verb := range strings.Fields(each.verbs) {
			review, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
				Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
					Group: each.group, Resource: resource, Subresource: subresource, Namespace: each.namespace, Name: each.name, Verb: verb,
				}},
			}, metav1.CreateOptions{})
			if err != nil {
				return nil, err
			}
			if !review.Status.Allowed {
				out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s.%s %s", verb, each.resource, each.group, each.name)))
			}
		}
	}
	return out, nil
}
