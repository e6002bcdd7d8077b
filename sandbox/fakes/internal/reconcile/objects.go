package reconcile

import (
	"context"
	"fmt"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// Key is namespace and name of an object.
func Key(object client.Object) types.NamespacedName { return client.ObjectKeyFromObject(object) }

// New makes an empty object of a kind.
func New(kind schema.GroupVersionKind, namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

// Find reads an object; nil when there is none.
func (c *Cluster) Find(ctx context.Context, kind schema.GroupVersionKind, key types.NamespacedName) (*unstructured.Unstructured, error) {
	object := New(kind, key.Namespace, key.Name)
	switch err := c.Get(ctx, key, object); {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", kind.Kind, key, err)
	}
	return object, nil
}

// All lists the objects of a kind.
func (c *Cluster) All(ctx context.Context, kind schema.GroupVersionKind, options ...client.ListOption) ([]unstructured.Unstructured, error) {
	list := newList(kind)
	if err := c.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("%s: %w", kind.Kind, err)
	}
	return list.Items, nil
}

// Apply creates or changes an object so that it has the given fields (server-side apply).
func (c *Cluster) Apply(ctx context.Context, object *unstructured.Unstructured) error {
	object = object.DeepCopy()
	object.SetManagedFields(nil)
	object.SetResourceVersion("")
	configuration := client.ApplyConfigurationFromUnstructured(object)
	if err := c.WithWatch.Apply(ctx, configuration, client.FieldOwner(Owner), client.ForceOwnership); err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), Key(object), err)
	}
	return nil
}

// ApplyTyped is Apply for objects of the client's scheme.
func (c *Cluster) ApplyTyped(ctx context.Context, objects ...client.Object) error {
	for _, object := range objects {
		kind, err := c.GroupVersionKindFor(object)
		if err != nil {
			return err
		}
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return err
		}
		u := &unstructured.Unstructured{Object: fields}
		u.SetGroupVersionKind(kind)
		unstructured.RemoveNestedField(u.Object, "metadata", "creationTimestamp")
		unstructured.RemoveNestedField(u.Object, "status")
		if err := c.Apply(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// Change edits an object and writes what differs, status included, each through its own endpoint.
func (c *Cluster) Change(ctx context.Context, object *unstructured.Unstructured, edit func(*unstructured.Unstructured) error) error {
	before := object.DeepCopy()
	if err := edit(object); err != nil {
		return err
	}
	status, hasStatus := object.Object["status"]
	oldStatus := before.Object["status"]
	if !reflect.DeepEqual(without(before.Object, "status"), without(object.Object, "status")) {
		if err := c.Patch(ctx, object, client.MergeFrom(before), client.FieldOwner(Owner)); err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), Key(before), err)
		}
	}
	if hasStatus && !reflect.DeepEqual(status, oldStatus) {
		before = object.DeepCopy()
		before.Object["status"] = oldStatus
		object.Object["status"] = status
		err := c.Status().Patch(ctx, object, client.MergeFrom(before), client.FieldOwner(Owner))
		if apierrors.IsNotFound(err) {
			// Some kinds have no endpoint for their status, such as CDI.
			object.Object["status"] = status
			err = c.Patch(ctx, object, client.MergeFrom(before), client.FieldOwner(Owner))
		}
		if err != nil {
			return fmt.Errorf("%s %s: status: %w", object.GetKind(), Key(before), err)
		}
	}
	return nil
}

func without(fields map[string]any, name string) map[string]any {
	out := make(map[string]any, len(fields))
	for key, value := range fields {
		if key != name {
			out[key] = value
		}
	}
	return out
}

// Finalize adds a finalizer.
func (c *Cluster) Finalize(ctx context.Context, object *unstructured.Unstructured, finalizer string) error {
	return c.Change(ctx, object, func(o *unstructured.Unstructured) error {
		controllerutil.AddFinalizer(o, finalizer)
		return nil
	})
}

// Unfinalize removes a finalizer; an object that is gone meanwhile is as good.
func (c *Cluster) Unfinalize(ctx context.Context, object *unstructured.Unstructured, finalizer string) error {
	return client.IgnoreNotFound(c.Change(ctx, object, func(o *unstructured.Unstructured) error {
		controllerutil.RemoveFinalizer(o, finalizer)
		return nil
	}))
}

// OwnedBy is a controlling owner reference to an object.
func OwnedBy(owner client.Object, kind schema.GroupVersionKind) metav1.OwnerReference {
	return *metav1.NewControllerRef(owner, kind)
}

// Condition is one entry of status.conditions. Reason defaults to the type.
type Condition struct {
	Type    string
	Status  metav1.ConditionStatus
	Reason  string
	Message string
	// Generation is written as observedGeneration unless zero.
	Generation int64
}

// True is a condition that holds.
func True(kind, reason string) Condition {
	return Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason}
}

// SetCondition puts a condition into status.conditions. The transition time changes only when the status does.
func SetCondition(object *unstructured.Unstructured, condition Condition) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	reason := condition.Reason
	if reason == "" {
		reason = condition.Type
	}
	entry := map[string]any{
		"type": condition.Type, "status": string(condition.Status), "reason": reason, "message": condition.Message,
		"lastTransitionTime": Now(),
	}
	if condition.Generation != 0 {
		entry["observedGeneration"] = condition.Generation
	}
	for i, existing := range conditions {
		old, ok := existing.(map[string]any)
		if !ok || old["type"] != condition.Type {
			continue
		}
		if old["status"] == entry["status"] && old["lastTransitionTime"] != nil {
			entry["lastTransitionTime"] = old["lastTransitionTime"]
		}
		conditions[i] = entry
		_ = unstructured.SetNestedSlice(object.Object, conditions, "status", "conditions")
		return
	}
	_ = unstructured.SetNestedSlice(object.Object, append(conditions, any(entry)), "status", "conditions")
}

// HasCondition reports whether a condition is True.
func HasCondition(object *unstructured.Unstructured, kind string) bool {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, existing := range conditions {
		if c, ok := existing.(map[string]any); ok && c["type"] == kind {
			return c["status"] == string(metav1.ConditionTrue)
		}
	}
	return false
}

// Now is the present as Kubernetes writes it.
func Now() string { return time.Now().UTC().Format(time.RFC3339) }

// String reads a text field; empty when it is absent.
func String(object *unstructured.Unstructured, path ...string) string {
	value, _, _ := unstructured.NestedString(object.Object, path...)
	return value
}

// Set writes a field. Values are strings, bool, int64, float64, maps and slices of them.
func Set(object *unstructured.Unstructured, value any, path ...string) {
	fields := object.Object
	for _, name := range path[:len(path)-1] {
		next, ok := fields[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			fields[name] = next
		}
		fields = next
	}
	fields[path[len(path)-1]] = value
}
