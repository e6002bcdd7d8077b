// Package platform plays the controllers of platform components whose pods do not really run in the sandbox: it sets
// the status their users wait for, gives addresses to load balancers, and issues certificates.
package platform

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// Double is the platform's controllers of one management cluster.
type Double struct {
	Cluster *reconcile.Cluster

	allocating sync.Mutex
}

// outcome is the status an object of a kind gets as soon as it exists.
type outcome struct {
	kind       schema.GroupVersionKind
	conditions []reconcile.Condition
}

func kind(group, version, name string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: group, Version: version, Kind: name}
}

// outcomes are the kinds whose controllers do nothing in the sandbox but say that all is well.
var outcomes = []outcome{
	{kind("cert-manager.io", "v1", "Issuer"), []reconcile.Condition{{Type: "Ready", Status: "True", Reason: "IsReady"}}},
	{kind("cert-manager.io", "v1", "ClusterIssuer"), []reconcile.Condition{{Type: "Ready", Status: "True", Reason: "IsReady"}}},
	{kind("piraeus.io", "v1", "LinstorCluster"), []reconcile.Condition{
		{Type: "Applied", Status: "True", Reason: "AsExpected", Message: "Resources applied"},
		{Type: "Available", Status: "True", Reason: "AsExpected", Message: "Controller available"},
		{Type: "Configured", Status: "True", Reason: "AsExpected", Message: "Properties applied"},
	}},
	{kind("piraeus.io", "v1", "LinstorSatelliteConfiguration"), []reconcile.Condition{
		{Type: "Applied", Status: "True", Reason: "AsExpected", Message: "Resources applied"},
	}},
	{kind("piraeus.io", "v1", "LinstorSatellite"), []reconcile.Condition{
		{Type: "Applied", Status: "True", Reason: "AsExpected", Message: "Resources applied"},
		{Type: "Available", Status: "True", Reason: "AsExpected", Message: "Satellite available"},
		{Type: "Configured", Status: "True", Reason: "AsExpected", Message: "Properties applied"},
	}},
	{kind("piraeus.io", "v1", "LinstorNodeConnection"), []reconcile.Condition{{Type: "Configured", Status: "True", Reason: "AsExpected"}}},
}

// Controllers of the double.
func (d *Double) Controllers() []reconcile.Controller {
	out := []reconcile.Controller{d.certificates(), d.loadBalancers(), d.pools()}
	for _, o := range outcomes {
		out = append(out, reconcile.Controller{
			Name: "platform/" + o.kind.Kind, Kind: o.kind,
			Reconcile: func(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
				return 0, d.settle(ctx, o, key)
			},
		})
	}
	return out
}

func (d *Double) settle(ctx context.Context, o outcome, key types.NamespacedName) error {
	object, err := d.Cluster.Find(ctx, o.kind, key)
	if err != nil || object == nil || object.GetDeletionTimestamp() != nil {
		return err
	}
	return d.Cluster.Change(ctx, object, func(object *unstructured.Unstructured) error {
		for _, condition := range o.conditions {
			condition.Generation = object.GetGeneration()
			reconcile.SetCondition(object, condition)
		}
		return nil
	})
}
