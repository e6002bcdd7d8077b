// Package platform is the fakes of platform components that do more than to report a status (package table): it makes
// volumes for claims and takes snapshots of them, gives
// addresses to load balancers and issues certificates.
package platform

import (
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// Fake is the platform's controllers of one management cluster.
type Fake struct {
	Cluster *reconcile.Cluster

	allocating sync.Mutex
}

func kind(group, version, name string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: group, Version: version, Kind: name}
}

// Controllers of the fake.
func (d *Fake) Controllers() []reconcile.Controller {
	return []reconcile.Controller{d.certificates(), d.loadBalancers(), d.pools(), d.claims(), d.volumes(), d.snapshots()}
}
