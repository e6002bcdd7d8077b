package talos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// applyManifests applies inline manifests with server-side apply, as Talos does after Bootstrap.
func applyManifests(ctx context.Context, access *rest.Config, manifests []manifest) error {
	if len(manifests) == 0 {
		return nil
	}
	client, err := dynamic.NewForConfig(access)
	if err != nil {
		return err
	}
	disco, err := discovery.NewDiscoveryClientForConfig(access)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))
	for _, m := range manifests {
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(m.Contents)), 4096)
		for {
			object := &unstructured.Unstructured{}
			if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return fmt.Errorf("inline manifest %s: %w", m.Name, err)
			}
			if len(object.Object) == 0 {
				continue
			}
			if err := applyObject(ctx, client, mapper, object); err != nil {
				return fmt.Errorf("inline manifest %s: %s %s: %w", m.Name, object.GetKind(), object.GetName(), err)
			}
		}
	}
	return nil
}

func applyObject(ctx context.Context, client dynamic.Interface, mapper *restmapper.DeferredDiscoveryRESTMapper, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		mapper.Reset() // an earlier manifest may have brought the definition
		mapping, err = mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	if err != nil {
		return err
	}
	var target dynamic.ResourceInterface = client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		namespace := object.GetNamespace()
		if namespace == "" {
			namespace = metav1.NamespaceDefault
		}
		target = client.Resource(mapping.Resource).Namespace(namespace)
	}
	_, err = target.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "talos", Force: true})
	return err
}
