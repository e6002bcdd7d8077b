package operator

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	providerLabel = "cluster.x-k8s.io/provider"
	convertPath   = "/convert"
)

// install brings CRDs, the manager and its webhooks, in an order in which nothing is ever called that does not answer:
// a conversion or admission webhook is registered only when the manager serves.
func (d *Fake) install(ctx context.Context, p Provider, object *unstructured.Unstructured) error {
	crds, err := d.Bundle.CRDs(p.Bundle)
	if err != nil {
		return err
	}
	for _, crd := range crds {
		label(crd, p)
		unstructured.RemoveNestedField(crd.Object, "spec", "conversion")
		if live, err := d.Cluster.Find(ctx, crdKind, reconcile.Key(crd)); err != nil {
			return err
		} else if live != nil {
			// Keep the conversion webhook of an earlier run: the manager answers on the same port again.
			if conversion, found, _ := unstructured.NestedMap(live.Object, "spec", "conversion"); found {
				reconcile.Set(crd, conversion, "spec", "conversion")
			}
		}
	}
	if err := d.Cluster.InstallCRDs(ctx, crds); err != nil {
		return err
	}
	if err := d.furnish(ctx, p, object.GetNamespace()); err != nil || p.Tool == "" {
		return err
	}
	m, err := d.startManager(ctx, p, object)
	if err != nil {
		return err
	}
	for _, crd := range crds {
		versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
		if len(versions) < 2 {
			continue
		}
		reconcile.Set(crd, map[string]any{
			"strategy": "Webhook",
			"webhook": map[string]any{
				"conversionReviewVersions": []any{"v1"},
				"clientConfig":             m.clientConfig(convertPath),
			},
		}, "spec", "conversion")
		if err := d.Cluster.Apply(ctx, crd); err != nil {
			return err
		}
	}
	webhooks, err := d.webhooks(p, m)
	if err != nil {
		return err
	}
	for _, webhook := range webhooks {
		if err := d.Cluster.Apply(ctx, webhook); err != nil {
			return err
		}
	}
	return nil
}

var crdKind = schemaOf("apiextensions.k8s.io", "v1", "CustomResourceDefinition")

// furnish makes the objects other things refer to by name: the service account of the manager.
func (d *Fake) furnish(ctx context.Context, p Provider, namespace string) error {
	return d.Cluster.ApplyTyped(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
		Name: p.Prefix + "manager", Namespace: namespace, Labels: map[string]string{providerLabel: p.Label},
	}})
}

func label(object *unstructured.Unstructured, p Provider) {
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[providerLabel] = p.Label
	labels["clusterctl.cluster.x-k8s.io"] = ""
	object.SetLabels(labels)
}

// webhooks are the configurations of a provider, pointed at the manager's port.
func (d *Fake) webhooks(p Provider, m manager) ([]*unstructured.Unstructured, error) {
	objects, err := d.Bundle.Webhooks(p.Bundle)
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		// The files carry the names from before kustomize.
		if !strings.HasPrefix(object.GetName(), p.Prefix) {
			object.SetName(p.Prefix + object.GetName())
		}
		object.SetNamespace("")
		label(object, p)
		unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
		entries, _, err := unstructured.NestedSlice(object.Object, "webhooks")
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", object.GetName(), p.Bundle, err)
		}
		for _, entry := range entries {
			fields, ok := entry.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s of %s: not a list of webhooks", object.GetName(), p.Bundle)
			}
			path, found, err := unstructured.NestedString(fields, "clientConfig", "service", "path")
			if err != nil || !found {
				return nil, fmt.Errorf("%s of %s: a webhook without clientConfig.service.path", object.GetName(), p.Bundle)
			}
			fields["clientConfig"] = m.clientConfig(path)
		}
		reconcile.Set(object, entries, "webhooks")
	}
	return objects, nil
}

// uninstall ends the manager and removes its webhooks. CRDs stay, as they do with the operator.
func (d *Fake) uninstall(ctx context.Context, p Provider, namespace string) error {
	if p.Tool != "" {
		objects, err := d.webhooks(p, manager{})
		if err != nil {
			return err
		}
		for _, object := range objects {
			if err := client.IgnoreNotFound(d.Cluster.Delete(ctx, object)); err != nil {
				return fmt.Errorf("%s: %w", object.GetName(), err)
			}
		}
		if err := d.stopManager(p); err != nil {
			return err
		}
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: p.Prefix + "manager", Namespace: namespace}}
	return client.IgnoreNotFound(d.Cluster.Delete(ctx, account))
}
