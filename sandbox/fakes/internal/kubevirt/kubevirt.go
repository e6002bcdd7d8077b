// Package kubevirt is the fake of KubeVirt and CDI (their installation is a table, package table): DataVolumes get claims
// and are filled when those are bound, and a VirtualMachine gets a running VirtualMachineInstance whose "guest" does what cloud-init
// with kubeadm would do: it joins its tenant's cluster with the bootstrap token and nothing else. What it has then is on
// the disk it boots from, and gone with it: a guest that starts again from a volume is the node that it was, one that
// starts again from a container disk is blank and joins anew, if its token still lets it. The node of a guest that is off
// becomes Unknown. To end an instance, as a host without power or a guest that powers off would, set its status.phase to
// Failed or Succeeded. Volumes are attached to machines that run by the subresources of virt-api, which the API server
// serves as it does the real ones.
//
// Different from KubeVirt: there is no virtual machine and no pod of one, images are not pulled, and disks are empty.
package kubevirt

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

var (
	machineKind    = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachine"}
	instanceKind   = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachineInstance"}
	dataVolumeKind = schema.GroupVersionKind{Group: "cdi.kubevirt.io", Version: "v1beta1", Kind: "DataVolume"}
	claimKind      = schema.GroupVersionKind{Version: "v1", Kind: "PersistentVolumeClaim"}
)

// Fake is KubeVirt and CDI of one management cluster.
type Fake struct {
	Cluster *reconcile.Cluster
	// Dir is where disks of guests are kept.
	Dir string
	// Deps has the ports.
	Deps controlplane.Deps

	placing sync.Mutex
	// given are addresses of instances by their uid, from before they are in a status.
	given map[string]string

	serving sync.Mutex
	server  *server
}

// Controllers of the fake.
func (d *Fake) Controllers() []reconcile.Controller {
	return []reconcile.Controller{
		{
			Name: "cdi/datavolume", Kind: dataVolumeKind, Workers: 4, Reconcile: d.reconcileDataVolume,
			Also: []reconcile.Also{{Kind: claimKind, Labels: map[string]string{importedLabel: imported}, Map: itself}},
		},
		{Name: "kubevirt/api", Kind: installationKind, Reconcile: d.reconcileInstallation},
		{
			Name: "kubevirt/machine", Kind: machineKind, Workers: 8, Reconcile: d.reconcileMachine,
			Also: []reconcile.Also{{Kind: instanceKind, Map: itself}},
		},
	}
}

// itself is for objects that have the name of those they belong to.
func itself(_ context.Context, object *unstructured.Unstructured) []types.NamespacedName {
	return []types.NamespacedName{reconcile.Key(object)}
}
