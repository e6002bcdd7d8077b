package platform

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	provisionedBy = "pv.kubernetes.io/provisioned-by"
	// selectedNode of a claim is where its first pod runs: from then on a volume that waits for that is made.
	selectedNode = "volume.kubernetes.io/selected-node"
)

// provisioners are the CSI drivers and provisioners of the platform's storage, which the fake plays.
var provisioners = map[string]bool{"linstor.csi.linbit.com": true, "rancher.io/local-path": true}

// claims makes a volume for every claim of the platform's classes, as a provisioner does, and lets it grow with its claim.
// That the claim is bound to it is the controller manager's work, which is real.
//
// Different from LINSTOR: there is no content, and room never ends.
func (d *Fake) claims() reconcile.Controller {
	return reconcile.Controller{
		Name: "platform/PersistentVolumeClaim", Kind: kind("", "v1", "PersistentVolumeClaim"), Reconcile: d.reconcileClaim,
		Also: []reconcile.Also{{Kind: kind("storage.k8s.io", "v1", "StorageClass"), Map: d.pendingClaims}},
	}
}

// volumes removes those whose claim is gone, unless their class says that they stay.
func (d *Fake) volumes() reconcile.Controller {
	return reconcile.Controller{
		Name: "platform/PersistentVolume", Kind: kind("", "v1", "PersistentVolume"), Reconcile: d.reconcileVolume,
	}
}

func (d *Fake) pendingClaims(ctx context.Context, _ *unstructured.Unstructured) []types.NamespacedName {
	var list corev1.PersistentVolumeClaimList
	if err := d.Cluster.List(ctx, &list); err != nil {
		return nil
	}
	var keys []types.NamespacedName
	for i := range list.Items {
		if list.Items[i].Spec.VolumeName == "" {
			keys = append(keys, reconcile.Key(&list.Items[i]))
		}
	}
	return keys
}

func (d *Fake) reconcileClaim(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	var claim corev1.PersistentVolumeClaim
	if err := d.Cluster.Get(ctx, key, &claim); err != nil {
		return 0, client.IgnoreNotFound(err)
	}
	if claim.DeletionTimestamp != nil || claim.Spec.StorageClassName == nil {
		return 0, nil
	}
	if claim.Spec.VolumeName != "" {
		return 0, d.grow(ctx, &claim)
	}
	var class storagev1.StorageClass
	if err := d.Cluster.Get(ctx, types.NamespacedName{Name: *claim.Spec.StorageClassName}, &class); err != nil {
		return 0, client.IgnoreNotFound(err)
	}
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	if !provisioners[class.Provisioner] || (waits && claim.Annotations[selectedNode] == "") {
		return 0, nil
	}
	volume := volumeFor(&claim, &class)
	return 0, client.IgnoreAlreadyExists(d.Cluster.Create(ctx, volume))
}

// volumeFor is what a claim gets: as large as it asks for, and for it alone.
func volumeFor(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) *corev1.PersistentVolume {
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	name := "pvc-" + string(claim.UID)
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: class.Provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes: claim.Spec.AccessModes, VolumeMode: claim.Spec.VolumeMode, StorageClassName: class.Name,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: *claim.Spec.Resources.Requests.Storage()},
			PersistentVolumeReclaimPolicy: policy,
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				CSI: &corev1.CSIPersistentVolumeSource{Driver: class.Provisioner, VolumeHandle: name},
			},
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
		},
	}
}

// grow makes the volume of a claim as large as the claim asks for.
func (d *Fake) grow(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	asked := *claim.Spec.Resources.Requests.Storage()
	if claim.Status.Phase != corev1.ClaimBound || claim.Status.Capacity.Storage().Cmp(asked) >= 0 {
		return nil
	}
	var volume corev1.PersistentVolume
	if err := d.Cluster.Get(ctx, types.NamespacedName{Name: claim.Spec.VolumeName}, &volume); err != nil {
		return client.IgnoreNotFound(err)
	}
	if !provisioners[volume.Annotations[provisionedBy]] {
		return nil
	}
	if volume.Spec.Capacity.Storage().Cmp(asked) < 0 {
		before := volume.DeepCopy()
		volume.Spec.Capacity[corev1.ResourceStorage] = asked
		if err := d.Cluster.Patch(ctx, &volume, client.MergeFrom(before)); err != nil {
			return fmt.Errorf("PersistentVolume %s: %w", volume.Name, err)
		}
	}
	before := claim.DeepCopy()
	if claim.Status.Capacity == nil {
		claim.Status.Capacity = corev1.ResourceList{}
	}
	claim.Status.Capacity[corev1.ResourceStorage] = asked
	claim.Status.Conditions = nil
	return d.Cluster.Status().Patch(ctx, claim, client.MergeFrom(before))
}

func (d *Fake) reconcileVolume(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	var volume corev1.PersistentVolume
	if err := d.Cluster.Get(ctx, key, &volume); err != nil {
		return 0, client.IgnoreNotFound(err)
	}
	gone := volume.Status.Phase == corev1.VolumeReleased && volume.DeletionTimestamp == nil
	deleted := volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	if !gone || !deleted || !provisioners[volume.Annotations[provisionedBy]] {
		return 0, nil
	}
	return 0, client.IgnoreNotFound(d.Cluster.Delete(ctx, &volume))
}
