// Package kamaji is the fake of Kamaji and of its Cluster API control plane provider.
//
// A KamajiControlPlane becomes a TenantControlPlane, and that a real kube-apiserver, kube-controller-manager and
// kube-scheduler with a certificate authority of its own, as processes of the sandbox instead of pods. Secrets, status
// and endpoint are written as the real ones write them, and what kubeadm uploads is uploaded, so that kubeadm's way to
// join a node works.
//
// Different from Kamaji: the API server has the version of the sandbox's binary, not the one that is asked for; a
// DataStore's endpoints and credentials are not used, each DataStore is one etcd of the sandbox; replicas are one
// process; and where the Service's address is none of loopback, the endpoint is 127.0.0.1 and a port of the sandbox.
package kamaji

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

var (
	providerKind  = schema.GroupVersionKind{Group: "controlplane.cluster.x-k8s.io", Version: "v1alpha2", Kind: "KamajiControlPlane"}
	tenantKind    = schema.GroupVersionKind{Group: "kamaji.clastix.io", Version: "v1alpha1", Kind: "TenantControlPlane"}
	datastoreKind = schema.GroupVersionKind{Group: "kamaji.clastix.io", Version: "v1alpha1", Kind: "DataStore"}
	clusterKind   = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Cluster"}
	secretKind    = schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
	serviceKind   = schema.GroupVersionKind{Version: "v1", Kind: "Service"}
)

// defaultDataStore is the one Kamaji uses where a control plane names none.
const defaultDataStore = "default"

// Fake is the Kamaji of one management cluster.
type Fake struct {
	Cluster *reconcile.Cluster
	Deps    controlplane.Deps
	// Dir is where tenants' control planes and the DataStores' etcds keep their files.
	Dir string

	mu         sync.Mutex
	tenants    map[types.NamespacedName]*tenant
	datastores map[string]*controlplane.Etcd
}

// Stop ends the control planes and DataStores; their data stays. All at once, because there may be many.
func (d *Fake) Stop() error {
	d.mu.Lock()
	keys := slices.Collect(maps.Keys(d.tenants))
	d.mu.Unlock()
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() { errs[i] = d.halt(key) })
	}
	wg.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, etcd := range d.datastores {
		errs = append(errs, etcd.Stop())
		delete(d.datastores, name)
	}
	return errors.Join(errs...)
}

// Controllers of the fake.
func (d *Fake) Controllers() []reconcile.Controller {
	return []reconcile.Controller{
		{
			Name: "kamaji/provider", Kind: providerKind, Workers: 4, Reconcile: d.reconcileProvider,
			Also: []reconcile.Also{
				{Kind: tenantKind, Map: ownersOf("KamajiControlPlane")},
				{Kind: clusterKind, Map: controlPlaneOf},
			},
		},
		{
			Name: "kamaji/tenant", Kind: tenantKind, Workers: 4, Reconcile: d.reconcileTenant,
			Also: []reconcile.Also{
				{Kind: serviceKind, Labels: map[string]string{projectLabel: project}, Map: ownersOf("TenantControlPlane")},
				{Kind: secretKind, Labels: map[string]string{projectLabel: project}, Map: ownersOf("TenantControlPlane")},
				{Kind: datastoreKind, Map: d.tenantsOf},
			},
		},
		{
			Name: "kamaji/datastore", Kind: datastoreKind, Reconcile: d.reconcileDataStore,
			Also: []reconcile.Also{{Kind: tenantKind, Map: dataStoreOf}},
		},
	}
}

// ownersOf maps an object to its owners of a kind.
func ownersOf(kind string) func(context.Context, *unstructured.Unstructured) []types.NamespacedName {
	return func(_ context.Context, object *unstructured.Unstructured) []types.NamespacedName {
		var keys []types.NamespacedName
		for _, owner := range object.GetOwnerReferences() {
			if owner.Kind == kind {
				keys = append(keys, types.NamespacedName{Namespace: object.GetNamespace(), Name: owner.Name})
			}
		}
		return keys
	}
}

func controlPlaneOf(_ context.Context, cluster *unstructured.Unstructured) []types.NamespacedName {
	if reconcile.String(cluster, "spec", "controlPlaneRef", "kind") != "KamajiControlPlane" {
		return nil
	}
	return []types.NamespacedName{{Namespace: cluster.GetNamespace(), Name: reconcile.String(cluster, "spec", "controlPlaneRef", "name")}}
}

func dataStoreOf(_ context.Context, tcp *unstructured.Unstructured) []types.NamespacedName {
	return []types.NamespacedName{{Name: dataStoreName(tcp)}}
}

func (d *Fake) tenantsOf(ctx context.Context, datastore *unstructured.Unstructured) []types.NamespacedName {
	if !d.Cluster.Serves(tenantKind) {
		return nil
	}
	tcps, err := d.Cluster.All(ctx, tenantKind)
	if err != nil {
		return nil
	}
	var keys []types.NamespacedName
	for i := range tcps {
		if dataStoreName(&tcps[i]) == datastore.GetName() {
			keys = append(keys, reconcile.Key(&tcps[i]))
		}
	}
	return keys
}

func dataStoreName(tcp *unstructured.Unstructured) string {
	if name := reconcile.String(tcp, "spec", "dataStore"); name != "" {
		return name
	}
	return defaultDataStore
}

// soon is how often the provider looks again while it waits for others, as the real one does.
const soon = time.Second
