package reconcile

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var crdKind = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

// InstallCRDs applies definitions and waits until their kinds are served.
func (c *Cluster) InstallCRDs(ctx context.Context, crds []*unstructured.Unstructured) error {
	for _, crd := range crds {
		crd = crd.DeepCopy()
		unstructured.RemoveNestedField(crd.Object, "status")
		unstructured.RemoveNestedField(crd.Object, "metadata", "creationTimestamp")
		if err := c.Apply(ctx, crd); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, crd := range crds {
		for {
			live, err := c.Find(ctx, crdKind, Key(crd))
			if err != nil {
				return err
			}
			if live != nil && HasCondition(live, "Established") {
				break
			}
			select {
			case <-ctx.Done():
				return Waiting("CRD %s to be established", crd.GetName())
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}
