// Package operator is the fake of the Cluster API operator: its provider objects install CRDs and webhooks, start
// the real managers as processes of the sandbox, and get the status the operator would write.
//
// Different from the operator: components come from the CRD bundle, in the one version the sandbox was built with;
// managers run as processes with an administrator's access, so that RBAC of the providers is not put to the test.
package operator

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"firmament.example/sandbox/fakes/internal/bundle"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

const finalizer = "provider.cluster.x-k8s.io"

// Fake is the operator of one management cluster.
type Fake struct {
	Cluster *reconcile.Cluster
	Deps    controlplane.Deps
	Bundle  bundle.Dir
	// Dir is where certificates of the managers' webhooks are kept.
	Dir string
	// Providers that can be installed.
	Providers []Provider
	// Kubeconfig is a file with an administrator's access to the management cluster.
	Kubeconfig string

	managers managers
}

// Controllers of the fake.
func (d *Fake) Controllers() []reconcile.Controller {
	var out []reconcile.Controller
	for _, kind := range kinds {
		controller := reconcile.Controller{
			Name: "operator/" + kind, Kind: kindOf(kind),
			Reconcile: func(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
				return d.reconcile(ctx, kind, key)
			},
		}
		if kind != "CoreProvider" {
			// The others wait for the core provider.
			controller.Also = []reconcile.Also{{Kind: kindOf("CoreProvider"), Map: func(ctx context.Context, _ *unstructured.Unstructured) []types.NamespacedName {
				return d.all(ctx, kind)
			}}}
		}
		out = append(out, controller)
	}
	return out
}

func (d *Fake) all(ctx context.Context, kind string) []types.NamespacedName {
	if !d.Cluster.Serves(kindOf(kind)) {
		return nil
	}
	objects, err := d.Cluster.All(ctx, kindOf(kind))
	if err != nil {
		return nil
	}
	var keys []types.NamespacedName
	for i := range objects {
		keys = append(keys, reconcile.Key(&objects[i]))
	}
	return keys
}

func (d *Fake) reconcile(ctx context.Context, kind string, key types.NamespacedName) (time.Duration, error) {
	object, err := d.Cluster.Find(ctx, kindOf(kind), key)
	if err != nil || object == nil {
		return 0, err
	}
	p, known := d.lookup(kind, key.Name)
	if object.GetDeletionTimestamp() != nil {
		if known {
			if err := d.uninstall(ctx, p, key.Namespace); err != nil {
				return 0, err
			}
		}
		return 0, d.Cluster.Unfinalize(ctx, object, finalizer)
	}
	if !controllerutil.ContainsFinalizer(object, finalizer) {
		return 0, d.Cluster.Finalize(ctx, object, finalizer)
	}

	problem, err := d.preflight(ctx, object, p, known)
	if err != nil {
		return 0, err
	}
	if problem != nil {
		again := time.Duration(0)
		if problem.Reason == waitingForCore {
			again = 2 * time.Second
		}
		return again, d.report(ctx, object, func(o *unstructured.Unstructured) { reconcile.SetCondition(o, *problem) })
	}
	if !reconcile.HasCondition(object, preflightPassed) {
		if err := d.report(ctx, object, func(o *unstructured.Unstructured) { reconcile.SetCondition(o, passed(o)) }); err != nil {
			return 0, err
		}
	}

	if err := d.install(ctx, p, object); err != nil {
		failed := reconcile.Condition{Type: providerInstalled, Status: metav1.ConditionFalse, Reason: "ComponentsFetchError", Message: err.Error()}
		return 0, joined(err, d.report(ctx, object, func(o *unstructured.Unstructured) {
			reconcile.SetCondition(o, failed)
			reconcile.SetCondition(o, reconcile.Condition{Type: ready, Status: metav1.ConditionFalse, Reason: "NoDeploymentAvailableConditionReason", Message: err.Error()})
		}))
	}
	return 0, d.report(ctx, object, func(o *unstructured.Unstructured) {
		reconcile.SetCondition(o, passed(o))
		reconcile.SetCondition(o, reconcile.True(providerInstalled, providerInstalled))
		reconcile.SetCondition(o, reconcile.True(ready, "DeploymentAvailable"))
		reconcile.Set(o, p.Version, "status", "installedVersion")
		reconcile.Set(o, p.Contract, "status", "contract")
		reconcile.Set(o, o.GetGeneration(), "status", "observedGeneration")
	})
}

func joined(first, second error) error {
	if second != nil {
		return fmt.Errorf("%w; and its status: %w", first, second)
	}
	return first
}

func (d *Fake) report(ctx context.Context, object *unstructured.Unstructured, edit func(*unstructured.Unstructured)) error {
	return d.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
		edit(o)
		return nil
	})
}

const (
	preflightPassed   = "PreflightCheckPassed"
	providerInstalled = "ProviderInstalled"
	ready             = "Ready"

	waitingForCore = "WaitingForCoreProviderReady"
)

func passed(object *unstructured.Unstructured) reconcile.Condition {
	condition := reconcile.True(preflightPassed, preflightPassed)
	condition.Message = "All preflight checks passed"
	condition.Generation = object.GetGeneration()
	return condition
}

// preflight checks what the operator checks before it installs anything.
func (d *Fake) preflight(ctx context.Context, object *unstructured.Unstructured, p Provider, known bool) (*reconcile.Condition, error) {
	refuse := func(reason, format string, args ...any) *reconcile.Condition {
		return &reconcile.Condition{
			Type: preflightPassed, Status: metav1.ConditionFalse, Reason: reason, Message: fmt.Sprintf(format, args...),
			Generation: object.GetGeneration(),
		}
	}
	kind, name := object.GetKind(), object.GetName()
	switch {
	case kind == "CoreProvider" && name != "cluster-api":
		return refuse("IncorrectCoreProviderNameReason", "Incorrect CoreProvider name: %s. It should be cluster-api", name), nil
	case !known:
		return refuse("UnknownProvider", "%s %s: the sandbox has no such provider — it has %s", kind, name, strings.Join(d.have(), ", ")), nil
	}
	if version := reconcile.String(object, "spec", "version"); version != "" && "v"+strings.TrimPrefix(version, "v") != p.Version {
		return refuse("ComponentsFetchError", "%s %s: version %s — the sandbox has %s only", kind, name, version, p.Version), nil
	}
	same, err := d.Cluster.All(ctx, kindOf(kind))
	if err != nil {
		return nil, err
	}
	for i := range same {
		other := &same[i]
		if other.GetUID() == object.GetUID() || (kind != "CoreProvider" && other.GetName() != name) {
			continue
		}
		if older(other, object) {
			return refuse("MoreThanOneExists", "%s %s/%s exists already; there can be only one in the cluster", kind, other.GetNamespace(), other.GetName()), nil
		}
	}
	if kind == "CoreProvider" {
		return nil, nil
	}
	cores, err := d.Cluster.All(ctx, kindOf("CoreProvider"))
	if err != nil {
		return nil, err
	}
	for i := range cores {
		if reconcile.HasCondition(&cores[i], ready) {
			return nil, nil
		}
	}
	return refuse(waitingForCore, "Waiting for the core provider to be ready."), nil
}

func older(a, b *unstructured.Unstructured) bool {
	first, second := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if first.Equal(&second) {
		return a.GetUID() < b.GetUID()
	}
	return first.Before(&second)
}

func (d *Fake) have() []string {
	var out []string
	for _, p := range d.Providers {
		out = append(out, p.Kind+" "+p.Name)
	}
	return out
}
