package kubevirt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

// disk is what a guest that joined keeps on the disk it boots from: its kubelet's access to the cluster.
type disk struct {
	// Of is the uid of what holds it: the volume that the machine boots from, else the instance. What is on a container
	// disk goes with its instance.
	Of     string `json:"of"`
	Node   string `json:"node"`
	Server string `json:"server"`
	CA     []byte `json:"ca"`
	Cert   []byte `json:"cert"`
	Key    []byte `json:"key"`
	// Silent says that the kubelet no longer reports: the guest is off.
	Silent bool `json:"silent,omitempty"`
}

// client acts as the guest's kubelet.
func (k *disk) client() (kubernetes.Interface, error) {
	return kubernetes.NewForConfig(&rest.Config{
		Host: k.Server, Timeout: requestTimeout,
		TLSClientConfig: rest.TLSClientConfig{CAData: k.CA, CertData: k.Cert, KeyData: k.Key},
	})
}

func (d *Fake) diskFile(machine types.NamespacedName) string {
	return filepath.Join(d.Dir, machine.Namespace, machine.Name+".json")
}

// load reads what the guest of a machine kept; nil when it has joined nothing yet.
func (d *Fake) load(machine types.NamespacedName) (*disk, error) {
	data, err := os.ReadFile(d.diskFile(machine))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept disk
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, fmt.Errorf("disk of machine %s: %w", machine, err)
	}
	return &kept, nil
}

func (d *Fake) save(machine types.NamespacedName, kept *disk) error {
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return atomicfile.Write(d.diskFile(machine), data, 0o600)
}

// forget is for a machine that is gone.
func (d *Fake) forget(machine types.NamespacedName) error {
	if err := os.Remove(d.diskFile(machine)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fallSilent lets the node of a guest that is off become Unknown, as the node of a kubelet that no longer reports. It
// returns after how long to try again where the tenant's API does not answer.
func (d *Fake) fallSilent(ctx context.Context, machine types.NamespacedName) (time.Duration, error) {
	kept, err := d.load(machine)
	if err != nil || kept == nil || kept.Silent {
		return 0, err
	}
	client, err := kept.client()
	if err != nil {
		return 0, fmt.Errorf("guest of machine %s: %w", machine, err)
	}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, controlplane.PowerAnnotation, controlplane.PowerOff)
	_, err = client.CoreV1().Nodes().Patch(ctx, kept.Node, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		d.Cluster.Log.Debug("node does not fall silent yet", "machine", machine.String(), "error", err)
		return guestRetry, nil
	}
	kept.Silent = true
	return 0, d.save(machine, kept)
}

// rootDisk is the uid of what holds the content of the disk that a machine boots from: a volume, which stays, or the
// instance, with which container disks and other ephemeral ones go.
func (d *Fake) rootDisk(ctx context.Context, vmi *unstructured.Unstructured) (string, error) {
	root := rootVolume(vmi)
	if name, _, _ := unstructured.NestedString(root, "dataVolume", "name"); name != "" {
		volume, err := d.Cluster.Find(ctx, dataVolumeKind, types.NamespacedName{Namespace: vmi.GetNamespace(), Name: name})
		if err != nil {
			return "", err
		}
		if volume == nil {
			return "", reconcile.Waiting("DataVolume %s/%s", vmi.GetNamespace(), name)
		}
		return string(volume.GetUID()), nil
	}
	if name, _, _ := unstructured.NestedString(root, "persistentVolumeClaim", "claimName"); name != "" {
		var claim corev1.PersistentVolumeClaim
		switch err := d.Cluster.Get(ctx, types.NamespacedName{Namespace: vmi.GetNamespace(), Name: name}, &claim); {
		case apierrors.IsNotFound(err):
			return "", reconcile.Waiting("PersistentVolumeClaim %s/%s", vmi.GetNamespace(), name)
		case err != nil:
			return "", fmt.Errorf("root disk: %w", err)
		}
		return string(claim.UID), nil
	}
	return string(vmi.GetUID()), nil
}

// rootVolume is the volume of the disk with the lowest boot order, else of the first disk.
func rootVolume(vmi *unstructured.Unstructured) map[string]any {
	disks, _, _ := unstructured.NestedSlice(vmi.Object, "spec", "domain", "devices", "disks")
	name, lowest := "", int64(0)
	for i, entry := range disks {
		fields, _ := entry.(map[string]any)
		order, ordered, _ := unstructured.NestedInt64(fields, "bootOrder")
		if i == 0 || (ordered && (lowest == 0 || order < lowest)) {
			name, _ = fields["name"].(string)
			lowest = order
		}
	}
	volumes, _, _ := unstructured.NestedSlice(vmi.Object, "spec", "volumes")
	for _, entry := range volumes {
		if fields, ok := entry.(map[string]any); ok && (name == "" || fields["name"] == name) {
			return fields
		}
	}
	return nil
}
