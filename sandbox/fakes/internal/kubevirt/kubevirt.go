// Package kubevirt is the double of KubeVirt and CDI: their installation objects bring the CRDs and report Deployed,
// DataVolumes succeed, and a VirtualMachine gets a running VirtualMachineInstance whose "guest" does what cloud-init
// with kubeadm would do: it joins its tenant's cluster with the bootstrap token and nothing else.
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

	"firmament.example/sandbox/fakes/internal/bundle"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

var (
	kubevirtKind   = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "KubeVirt"}
	machineKind    = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachine"}
	instanceKind   = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachineInstance"}
	cdiKind        = schema.GroupVersionKind{Group: "cdi.kubevirt.io", Version: "v1beta1", Kind: "CDI"}
	dataVolumeKind = schema.GroupVersionKind{Group: "cdi.kubevirt.io", Version: "v1beta1", Kind: "DataVolume"}
)

// Double is KubeVirt and CDI of one management cluster.
type Double struct {
	Cluster *reconcile.Cluster
	Bundle  bundle.Dir

	placing sync.Mutex
	// given are addresses of instances by their uid, from before they are in a status.
	given map[string]string
}

// Controllers of the double.
func (d *Double) Controllers() []reconcile.Controller {
	return []reconcile.Controller{
		{Name: "kubevirt/operator", Kind: kubevirtKind, Reconcile: d.deploy(kubevirtKind, "kubevirt", "v1.8.4")},
		{Name: "cdi/operator", Kind: cdiKind, Reconcile: d.deploy(cdiKind, "cdi", "v1.65.0")},
		{Name: "cdi/datavolume", Kind: dataVolumeKind, Reconcile: d.reconcileDataVolume},
		{
			Name: "kubevirt/machine", Kind: machineKind, Workers: 8, Reconcile: d.reconcileMachine,
			Also: []reconcile.Also{{Kind: instanceKind, Map: func(_ context.Context, vmi *unstructured.Unstructured) []types.NamespacedName {
				return []types.NamespacedName{reconcile.Key(vmi)}
			}}},
		},
	}
}

// deploy installs the CRDs an operator would install, then reports as it does.
func (d *Double) deploy(kind schema.GroupVersionKind, component, version string) func(context.Context, types.NamespacedName) (time.Duration, error) {
	return func(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
		object, err := d.Cluster.Find(ctx, kind, key)
		if err != nil || object == nil || object.GetDeletionTimestamp() != nil {
			return 0, err
		}
		if reconcile.String(object, "status", "phase") == "" {
			if err := d.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
				reconcile.Set(o, "Deploying", "status", "phase")
				return nil
			}); err != nil {
				return 0, err
			}
		}
		crds, err := d.Bundle.CRDs(component)
		if err != nil {
			return 0, err
		}
		if err := d.Cluster.InstallCRDs(ctx, crds); err != nil {
			return 0, err
		}
		return 0, d.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
			reconcile.SetCondition(o, reconcile.Condition{Type: "Available", Status: "True", Reason: "AllComponentsReady", Message: "All components are ready."})
			reconcile.SetCondition(o, reconcile.Condition{Type: "Progressing", Status: "False", Reason: "AllComponentsReady", Message: "All components are ready."})
			reconcile.SetCondition(o, reconcile.Condition{Type: "Degraded", Status: "False", Reason: "AllComponentsReady", Message: "All components are ready."})
			if kind == kubevirtKind {
				reconcile.SetCondition(o, reconcile.Condition{Type: "Created", Status: "True", Reason: "AllResourcesCreated", Message: "All resources were created."})
				for _, field := range []string{"observedKubeVirtVersion", "targetKubeVirtVersion", "operatorVersion"} {
					reconcile.Set(o, version, "status", field)
				}
				reconcile.Set(o, o.GetGeneration(), "status", "observedGeneration")
			} else {
				for _, field := range []string{"observedVersion", "targetVersion", "operatorVersion"} {
					reconcile.Set(o, version, "status", field)
				}
			}
			reconcile.Set(o, "Deployed", "status", "phase")
			return nil
		})
	}
}

// reconcileDataVolume lets an import succeed at once.
func (d *Double) reconcileDataVolume(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
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
