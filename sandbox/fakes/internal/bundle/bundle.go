// Package bundle reads the CRD bundle: a directory per component with its CustomResourceDefinitions in crd-*.yaml and,
// for Cluster API managers, their webhook configurations in webhooks.yaml.
package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// Dir is a bundle.
type Dir string

// CRDs are the definitions of a component.
func (d Dir) CRDs(component string) ([]*unstructured.Unstructured, error) {
	objects, err := d.read(component, func(name string) bool { return name != "webhooks.yaml" })
	if err != nil {
		return nil, err
	}
	var crds []*unstructured.Unstructured
	for _, object := range objects {
		if object.GetKind() == "CustomResourceDefinition" {
			crds = append(crds, object)
		}
	}
	if len(crds) == 0 {
		return nil, fmt.Errorf("CRD bundle %s: nothing for %s — build the bundle again", string(d), component)
	}
	return crds, nil
}

// Webhooks are the webhook configurations of a component; none where it has none.
func (d Dir) Webhooks(component string) ([]*unstructured.Unstructured, error) {
	return d.read(component, func(name string) bool { return name == "webhooks.yaml" })
}

func (d Dir) read(component string, wanted func(name string) bool) ([]*unstructured.Unstructured, error) {
	dir := filepath.Join(string(d), component)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("CRD bundle: %w", err)
	}
	var objects []*unstructured.Unstructured
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".yaml") || !wanted(entry.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("CRD bundle: %w", err)
		}
		found, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("CRD bundle: %s: %w", filepath.Join(dir, entry.Name()), err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// Parse reads the objects of a YAML stream.
func Parse(data []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		var raw runtime.RawExtension
		switch err := decoder.Decode(&raw); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		}
		if text := bytes.TrimSpace(raw.Raw); len(text) == 0 || bytes.Equal(text, []byte("null")) {
			continue
		}
		// Not by way of plain maps: whole numbers have to stay whole.
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw.Raw); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}
