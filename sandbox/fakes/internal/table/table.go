// Package table runs controllers that do nothing but say that all is well: an object of a kind gets a status as soon as
// it exists. What they say is data of the components, handed over in daemon.json.
package table

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/bundle"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

// Kind is what objects of one kind get. The same as FakeKind in components/platform/sandbox.ts.
type Kind struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Installs is the component of the CRD bundle whose CRDs are installed first.
	Installs string `json:"installs,omitempty"`
	// Meanwhile are fields until then, by their path in dots.
	Meanwhile  map[string]string `json:"meanwhile,omitempty"`
	Conditions []Condition       `json:"conditions,omitempty"`
	// Fields are further fields, by their path in dots.
	Fields map[string]string `json:"fields,omitempty"`
	// ObservedGeneration is where the generation is written: "status", "conditions" or nowhere.
	ObservedGeneration string `json:"observedGeneration,omitempty"`
}

// Condition is an entry of status.conditions. Status defaults to True.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status,omitempty"`
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
}

// Check says what is wrong with a kind.
func (k Kind) Check() error {
	version, err := schema.ParseGroupVersion(k.APIVersion)
	switch {
	case err != nil || version.Version == "" || k.Kind == "":
		return fmt.Errorf("%s %s: must have an apiVersion like example.com/v1 and a kind; correct sandbox.ts of its component", k.APIVersion, k.Kind)
	case k.ObservedGeneration != "" && k.ObservedGeneration != "status" && k.ObservedGeneration != "conditions":
		return fmt.Errorf("%s %s: observedGeneration: %q — must be status or conditions; correct it", k.APIVersion, k.Kind, k.ObservedGeneration)
	}
	for _, fields := range []map[string]string{k.Meanwhile, k.Fields} {
		for path := range fields {
			if !strings.HasPrefix(path, "status.") {
				return fmt.Errorf("%s %s: %q — must be a field of the status; correct it", k.APIVersion, k.Kind, path)
			}
		}
	}
	return nil
}

// Fake is the controllers of these kinds in one cluster.
type Fake struct {
	Cluster *reconcile.Cluster
	Bundle  bundle.Dir
	Kinds   []Kind
}

// Controllers of the fake.
func (f *Fake) Controllers() []reconcile.Controller {
	out := make([]reconcile.Controller, len(f.Kinds))
	for i, k := range f.Kinds {
		out[i] = reconcile.Controller{
			Name: "table/" + k.Kind, Kind: k.gvk(),
			Reconcile: func(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
				return 0, f.reconcile(ctx, k, key)
			},
		}
	}
	return out
}

func (k Kind) gvk() schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(k.APIVersion, k.Kind)
}

func (f *Fake) reconcile(ctx context.Context, k Kind, key types.NamespacedName) error {
	object, err := f.Cluster.Find(ctx, k.gvk(), key)
	if err != nil || object == nil || object.GetDeletionTimestamp() != nil {
		return err
	}
	if k.Installs != "" {
		if err := f.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
			k.begin(o)
			return nil
		}); err != nil {
			return err
		}
		crds, err := f.Bundle.CRDs(k.Installs)
		if err != nil {
			return err
		}
		if err := f.Cluster.InstallCRDs(ctx, crds); err != nil {
			return err
		}
	}
	return f.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
		k.settle(o)
		return nil
	})
}

// begin writes what an object has while its kind is being installed; what it had before stays.
func (k Kind) begin(object *unstructured.Unstructured) {
	for path, value := range k.Meanwhile {
		if fields := strings.Split(path, "."); reconcile.String(object, fields...) == "" {
			reconcile.Set(object, value, fields...)
		}
	}
}

// settle writes what an object has from then on.
func (k Kind) settle(object *unstructured.Unstructured) {
	for _, c := range k.Conditions {
		condition := reconcile.Condition{Type: c.Type, Status: metav1.ConditionTrue, Reason: c.Reason, Message: c.Message}
		if c.Status != "" {
			condition.Status = metav1.ConditionStatus(c.Status)
		}
		if k.ObservedGeneration == "conditions" {
			condition.Generation = object.GetGeneration()
		}
		reconcile.SetCondition(object, condition)
	}
	for path, value := range k.Fields {
		reconcile.Set(object, value, strings.Split(path, ".")...)
	}
	if k.ObservedGeneration == "status" {
		reconcile.Set(object, object.GetGeneration(), "status", "observedGeneration")
	}
}
