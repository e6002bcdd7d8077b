package csidriver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

var (
	dataVolumes = schema.GroupVersionResource{Group: "cdi.kubevirt.io", Version: "v1beta1", Resource: "datavolumes"}
	machines    = schema.GroupVersionResource{Group: "kubevirt.io", Version: "v1", Resource: "virtualmachines"}
	instances   = schema.GroupVersionResource{Group: "kubevirt.io", Version: "v1", Resource: "virtualmachineinstances"}
	claims      = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	volumes     = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}
	snapshots   = schema.GroupVersionResource{Group: "snapshot.storage.k8s.io", Version: "v1", Resource: "volumesnapshots"}
	classes     = schema.GroupVersionResource{Group: "snapshot.storage.k8s.io", Version: "v1", Resource: "volumesnapshotclasses"}
)

var (
	errInvalidVolume   = errors.New("invalid volume name")
	errInvalidSnapshot = errors.New("invalid snapshot name")
)

// infra is the management cluster, as far as the driver works on it: one namespace, and what carries its labels.
type infra struct {
	dynamic.Interface
	*config
	host string
	http *http.Client
}

func newInfra(access *rest.Config, config *config) (*infra, error) {
	client, err := dynamic.NewForConfig(access)
	if err != nil {
		return nil, fmt.Errorf("access to the management cluster: %w", err)
	}
	plain, err := rest.HTTPClientFor(access)
	if err != nil {
		return nil, fmt.Errorf("access to the management cluster: %w", err)
	}
	return &infra{Interface: client, config: config, host: strings.TrimSuffix(access.Host, "/"), http: plain}, nil
}

func (i *infra) in(kind schema.GroupVersionResource) dynamic.ResourceInterface {
	return i.Resource(kind).Namespace(i.namespace)
}

func (i *infra) own(object *unstructured.Unstructured) bool {
	for key, value := range i.labels {
		if object.GetLabels()[key] != value {
			return false
		}
	}
	return true
}

func (i *infra) ownVolume(object *unstructured.Unstructured) bool {
	return i.own(object) && strings.HasPrefix(object.GetName(), i.prefix+"-")
}

// volume is a DataVolume or a claim of this cluster.
func (i *infra) volume(ctx context.Context, kind schema.GroupVersionResource, name string) (*unstructured.Unstructured, error) {
	object, err := i.in(kind).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if !i.ownVolume(object) {
		return nil, errInvalidVolume
	}
	return object, nil
}

func (i *infra) createVolume(ctx context.Context, volume *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if !i.ownVolume(volume) {
		return nil, errInvalidVolume
	}
	return i.in(dataVolumes).Create(ctx, volume, metav1.CreateOptions{})
}

func (i *infra) deleteVolume(ctx context.Context, name string) error {
	_, err := i.volume(ctx, dataVolumes, name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return i.in(dataVolumes).Delete(ctx, name, metav1.DeleteOptions{})
}

// expand asks for a larger claim; a smaller one is none of its concern.
func (i *infra) expand(ctx context.Context, name string, bytes int64) error {
	claim, err := i.volume(ctx, claims, name)
	if err != nil {
		return err
	}
	if quantityOf(claim, "spec", "resources", "requests", "storage").Value() >= bytes {
		return nil
	}
	patch := fmt.Appendf(nil, `[{"op":"add","path":"/spec/resources/requests/storage","value":"%d"}]`, bytes)
	_, err = i.in(claims).Patch(ctx, name, types.JSONPatchType, patch, metav1.PatchOptions{})
	return err
}

// expanded reports whether the volume of a claim has the size that the claim asks for.
func (i *infra) expanded(ctx context.Context, name string) (bool, error) {
	claim, err := i.volume(ctx, claims, name)
	if err != nil {
		return false, err
	}
	volume, _, _ := unstructured.NestedString(claim.Object, "spec", "volumeName")
	if volume == "" {
		return false, nil
	}
	object, err := i.Resource(volumes).Get(ctx, volume, metav1.GetOptions{})
	if err != nil {
		return false, fmt.Errorf("error fetching pv %q for resizing %w", volume, err)
	}
	asked := quantityOf(claim, "spec", "resources", "requests", "storage")
	return quantityOf(object, "spec", "capacity", "storage").Cmp(*asked) >= 0, nil
}

// subresource puts a request to one of virt-api's: addvolume, removevolume.
func (i *infra) subresource(ctx context.Context, resource, name, action string, options any) error {
	body, err := json.Marshal(options)
	if err != nil {
		return err
	}
	path := fmt.Sprintf("%s/apis/subresources.kubevirt.io/v1/namespaces/%s/%s/%s/%s", i.host, i.namespace, resource, name, action)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := i.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 == 2 {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
	return fmt.Errorf("%s of %s %s: %s: %s", action, resource, name, response.Status, strings.TrimSpace(string(text)))
}

// attachedElsewhere reports whether another instance of the namespace has a volume.
func (i *infra) attachedElsewhere(ctx context.Context, volume, machine string) (bool, error) {
	list, err := i.in(instances).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list.Items, func(vmi unstructured.Unstructured) bool {
		return vmi.GetName() != machine && volumeStatus(&vmi, volume) != nil
	}), nil
}

// inMachine reports whether a machine has a volume that was attached to it; none where there is no such machine.
func (i *infra) inMachine(ctx context.Context, machine, volume string) (bool, error) {
	vm, err := i.in(machines).Get(ctx, machine, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	list, _, _ := unstructured.NestedSlice(vm.Object, "spec", "template", "spec", "volumes")
	return slices.ContainsFunc(list, func(each any) bool {
		fields, _ := each.(map[string]any)
		return fields["name"] == volume && (fields["dataVolume"] != nil || fields["persistentVolumeClaim"] != nil)
	}), nil
}

// inInstance is what an instance says of a volume that was attached to it; nil where it has none.
func (i *infra) inInstance(ctx context.Context, machine, volume string) (map[string]any, error) {
	vmi, err := i.in(instances).Get(ctx, machine, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return volumeStatus(vmi, volume), nil
}

func volumeStatus(vmi *unstructured.Unstructured, volume string) map[string]any {
	list, _, _ := unstructured.NestedSlice(vmi.Object, "status", "volumeStatus")
	for _, each := range list {
		if fields, ok := each.(map[string]any); ok && fields["name"] == volume {
			return fields
		}
	}
	return nil
}
