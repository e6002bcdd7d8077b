package reconcile

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// longestMessage is what the API server takes in an event.
const longestMessage = 1024

// Warn writes an event, so that people who describe an object see why it does not get further. There is one event per
// object and reason, with the last fault. Events are a courtesy: that one cannot be written is no fault by itself.
func (c *Cluster) Warn(ctx context.Context, object *unstructured.Unstructured, reason string, fault error) {
	now := metav1.NewTime(time.Now())
	namespace := object.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	message := fault.Error()
	if len(message) > longestMessage {
		message = message[:longestMessage]
	}
	event := &corev1.Event{
		// The name of the object alone is not unique among kinds.
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: object.GetName() + "." + string(object.GetUID())},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: object.GetAPIVersion(), Kind: object.GetKind(),
			Namespace: object.GetNamespace(), Name: object.GetName(), UID: object.GetUID(),
		},
		Type: corev1.EventTypeWarning, Reason: reason, Message: message,
		FirstTimestamp: now, LastTimestamp: now, Count: 1,
		Source: corev1.EventSource{Component: Owner}, ReportingController: Owner,
	}
	if err := c.ApplyTyped(ctx, event); err != nil {
		c.Log.Debug("event not written", "object", Key(object).String(), "error", err)
	}
}

// warnOf is Warn for an object that is known by its name.
func (c *Cluster) warnOf(ctx context.Context, kind schema.GroupVersionKind, key types.NamespacedName, reason string, fault error) {
	object, err := c.Find(ctx, kind, key)
	if err != nil || object == nil {
		return
	}
	c.Warn(ctx, object, reason, fault)
}
