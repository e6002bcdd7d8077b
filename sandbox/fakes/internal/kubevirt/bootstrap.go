package kubevirt

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// bootstrap does what the guest does when it boots, and returns the name of its node. From a blank disk, cloud-init runs
// kubeadm; on the disk of a guest that has joined, its kubelet starts. A guest whose user data runs no kubeadm is simply up.
func (d *Fake) bootstrap(ctx context.Context, vm, vmi *unstructured.Unstructured) (string, error) {
	data, err := d.userData(ctx, vmi)
	if err != nil {
		return "", err
	}
	if data == nil {
		return "none", nil
	}
	join, err := parseUserData(data, vm.GetName())
	if err != nil {
		return "", err
	}
	if join == nil {
		return "none", nil
	}
	version, err := d.kubeletVersion(ctx, vm, vmi)
	if err != nil {
		return "", err
	}
	cpu, memory := size(vmi)
	guest := guest{
		hostname: vm.GetName(), address: address(vmi), kubeletVersion: version, uid: string(vmi.GetUID()),
		cpu: cpu, memory: memory,
	}
	of, err := d.rootDisk(ctx, vmi)
	if err != nil {
		return "", err
	}
	machine := reconcile.Key(vm)
	kept, err := d.load(machine)
	if err != nil {
		return "", err
	}
	if kept != nil && kept.Of == of {
		err = guest.kubelet(ctx, kept, join)
	} else {
		kept, err = guest.join(ctx, join)
	}
	if err != nil {
		return "", err
	}
	kept.Of, kept.Silent = of, false
	return kept.Node, d.save(machine, kept)
}

// userData reads the user data of an instance: inline or from the Secret its volume names.
func (d *Fake) userData(ctx context.Context, vmi *unstructured.Unstructured) ([]byte, error) {
	volumes, _, _ := unstructured.NestedSlice(vmi.Object, "spec", "volumes")
	for _, volume := range volumes {
		fields, ok := volume.(map[string]any)
		if !ok {
			continue
		}
		for _, source := range []string{"cloudInitConfigDrive", "cloudInitNoCloud"} {
			drive, ok := fields[source].(map[string]any)
			if !ok {
				continue
			}
			if text, _, _ := unstructured.NestedString(drive, "userData"); text != "" {
				return []byte(text), nil
			}
			name, _, _ := unstructured.NestedString(drive, "secretRef", "name")
			if name == "" {
				continue
			}
			var secret corev1.Secret
			switch err := d.Cluster.Get(ctx, types.NamespacedName{Namespace: vmi.GetNamespace(), Name: name}, &secret); {
			case apierrors.IsNotFound(err):
				return nil, reconcile.Waiting("Secret %s/%s with the user data", vmi.GetNamespace(), name)
			case err != nil:
				return nil, fmt.Errorf("user data: %w", err)
			}
			for _, key := range []string{"userdata", "userData"} {
				if data := secret.Data[key]; len(data) > 0 {
					return data, nil
				}
			}
			return nil, fmt.Errorf("Secret %s/%s: no key userdata", vmi.GetNamespace(), name)
		}
	}
	return nil, nil
}

var versionTag = regexp.MustCompile(`v\d+\.\d+\.\d+`)

// kubeletVersion is what is installed in the image: its tag says so, else the Machine's version is believed.
func (d *Fake) kubeletVersion(ctx context.Context, vm, vmi *unstructured.Unstructured) (string, error) {
	for _, image := range images(vm, vmi) {
		if _, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":"); found {
			if version := versionTag.FindString(tag); version != "" {
				return version, nil
			}
		}
	}
	machine := schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Machine"}
	if !d.Cluster.Serves(machine) {
		return "", nil
	}
	object, err := d.Cluster.Find(ctx, machine, types.NamespacedName{
		Namespace: or(vm.GetLabels()["capk.cluster.x-k8s.io/kubevirt-machine-namespace"], vm.GetNamespace()),
		Name:      or(vm.GetLabels()["capk.cluster.x-k8s.io/kubevirt-machine-name"], vm.GetName()),
	})
	if err != nil || object == nil {
		return "", err
	}
	return reconcile.String(object, "spec", "version"), nil
}

// images that an instance boots from or that the disks of its machine are filled from.
func images(vm, vmi *unstructured.Unstructured) []string {
	var found []string
	volumes, _, _ := unstructured.NestedSlice(vmi.Object, "spec", "volumes")
	templates, _, _ := unstructured.NestedSlice(vm.Object, "spec", "dataVolumeTemplates")
	for _, entry := range append(volumes, templates...) {
		fields, _ := entry.(map[string]any)
		for _, path := range [][]string{{"containerDisk", "image"}, {"spec", "source", "registry", "url"}} {
			if image, _, _ := unstructured.NestedString(fields, path...); image != "" {
				found = append(found, image)
			}
		}
	}
	return found
}

func address(vmi *unstructured.Unstructured) string {
	interfaces, _, _ := unstructured.NestedSlice(vmi.Object, "status", "interfaces")
	for _, entry := range interfaces {
		if fields, ok := entry.(map[string]any); ok {
			if ip, ok := fields["ipAddress"].(string); ok {
				return ip
			}
		}
	}
	return ""
}

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
