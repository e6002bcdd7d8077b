// Package kubevirt is the fake of KubeVirt and CDI (their installation is a table, package table): DataVolumes succeed, and a VirtualMachine gets a running VirtualMachineInstance whose "guest" does what cloud-init
// with kubeadm would do: it joins its tenant's cluster with the bootstrap token and nothing else. What it has then is on
// the disk it boots from, and gone with it: a guest that starts again from a volume is the node that it was, one that
// starts again from a container disk is blank and joins anew, if its token still lets it. The node of a guest that is off
// becomes Unknown. To end an instance, as a host without power or a guest that powers off would, set its status.phase to
// Failed or Succeeded.
//
// Different from KubeVirt: there is no virtual machine and no launcher pod, images are not pulled, and disks are empty.
package kubevirt

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

var (
	machineKind    = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachine"}
	instanceKind   = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachineInstance"}
	dataVolumeKind = schema.GroupVersionKind{Group: "cdi.kubevirt.io", Version: "v1beta1", Kind: "DataVolume"}
)

// Fake is KubeVirt and CDI of one management cluster.
type Fake struct {
	Cluster *reconcile.Cluster
	// Dir is where disks of guests are kept.
	Dir string

	placing sync.Mutex
	// given are addresses of instances by their uid, from before they are in a status.
	given map[string]string
}

// Controllers of the fake.
func (d *Fake) Controllers() []reconcile.Controller {
	return []reconcile.Controller{
		{Name: "cdi/datavolume", Kind: dataVolumeKind, Reconcile: d.reconcileDataVolume},
		{
			Name: "kubevirt/machine", Kind: machineKind, Workers: 8, Reconcile: d.reconcileMachine,
			Also: []reconcile.Also{{Kind: instanceKind, Map: func(_ context.Context, vmi *unstructured.Unstructured) []types.NamespacedName {
				return []types.NamespacedName{reconcile.Key(vmi)}
			}}},
		},
	}
}

// reconcileDataVolume lets an import succeed at once.
func (d *Fake) reconcileDataVolume(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	volume, err := d.Cluster.Find(ctx, dataVolumeKind, key)
	if err != nil || volume == nil || volume.GetDeletionTimestamp() != nil {
		return 0, err
	}
	return 0, d.Cluster.Change(ctx, volume, func(o *unstructured.Unstructured) error {
		reconcile.Set(o, "Succeeded", "status", "phase")
		reconcile.Set(o, "100.0%", "status", "progress")
		reconcile.Set(o, o.GetName(), "status", "claimName")
		reconcile.SetCondition(o, reconcile.Condition{Type: "Bound", Status: "True", Reason: "Bound"})
		reconcile.SetCondition(o, reconcile.Condition{Type: "Running", Status: "False", Reason: "Completed", Message: "Import Complete"})
		reconcile.SetCondition(o, reconcile.Condition{Type: "Ready", Status: "True", Reason: "Ready"})
		return nil
	})
}
