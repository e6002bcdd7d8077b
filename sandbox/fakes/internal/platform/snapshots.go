package platform

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

var (
	snapshotKind      = kind("snapshot.storage.k8s.io", "v1", "VolumeSnapshot")
	snapshotClassKind = kind("snapshot.storage.k8s.io", "v1", "VolumeSnapshotClass")
)

const defaultSnapshotClass = "snapshot.storage.kubernetes.io/is-default-class"

// snapshots says of every snapshot of a bound claim that it is taken, as the snapshot controller and the storage's driver
// do together. Different from them: there is no VolumeSnapshotContent.
func (d *Fake) snapshots() reconcile.Controller {
	return reconcile.Controller{Name: "platform/VolumeSnapshot", Kind: snapshotKind, Reconcile: d.reconcileSnapshot}
}

func (d *Fake) reconcileSnapshot(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	snapshot, err := d.Cluster.Find(ctx, snapshotKind, key)
	if err != nil || snapshot == nil || snapshot.GetDeletionTimestamp() != nil {
		return 0, err
	}
	if ready, _, _ := unstructured.NestedBool(snapshot.Object, "status", "readyToUse"); ready {
		return 0, nil
	}
	var claim corev1.PersistentVolumeClaim
	source := reconcile.String(snapshot, "spec", "source", "persistentVolumeClaimName")
	if err := d.Cluster.Get(ctx, types.NamespacedName{Namespace: key.Namespace, Name: source}, &claim); err != nil {
		if client.IgnoreNotFound(err) != nil {
			return 0, err
		}
		return time.Second, nil
	}
	if claim.Status.Phase != corev1.ClaimBound {
		return time.Second, nil
	}
	var volume corev1.PersistentVolume
	if err := d.Cluster.Get(ctx, types.NamespacedName{Name: claim.Spec.VolumeName}, &volume); err != nil {
		return 0, err
	}
	class, err := d.snapshotClass(ctx, snapshot)
	if err != nil {
		return 0, err
	}
	if volume.Spec.CSI == nil || reconcile.String(class, "driver") != volume.Spec.CSI.Driver {
		return 0, fmt.Errorf("VolumeSnapshot %s: class %s is of another driver than the volume of %s", key, class.GetName(), source)
	}
	return 0, d.Cluster.Change(ctx, snapshot, func(o *unstructured.Unstructured) error {
		reconcile.Set(o, class.GetName(), "spec", "volumeSnapshotClassName")
		reconcile.Set(o, true, "status", "readyToUse")
		reconcile.Set(o, reconcile.Now(), "status", "creationTime")
		reconcile.Set(o, volume.Spec.Capacity.Storage().String(), "status", "restoreSize")
		return nil
	})
}

// snapshotClass is the one that a snapshot names, else the default.
func (d *Fake) snapshotClass(ctx context.Context, snapshot *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	classes, err := d.Cluster.All(ctx, snapshotClassKind)
	if err != nil {
		return nil, err
	}
	name := reconcile.String(snapshot, "spec", "volumeSnapshotClassName")
	for i := range classes {
		isDefault := classes[i].GetAnnotations()[defaultSnapshotClass] == "true"
		if classes[i].GetName() == name || (name == "" && isDefault) {
			return &classes[i], nil
		}
	}
	return nil, fmt.Errorf("VolumeSnapshot %s: no class %q", reconcile.Key(snapshot), name)
}
