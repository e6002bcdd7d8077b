package kubevirt

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	// importedLabel is on every claim that CDI makes.
	importedLabel, imported = "app", "containerized-data-importer"

	defaultClass = "storageclass.kubernetes.io/is-default-class"
	selectedNode = "volume.kubernetes.io/selected-node"
)

// reconcileDataVolume makes the claim of a DataVolume, with its labels, and says that it is filled when it is bound: an
// import takes no time here. A claim that waits for its first consumer is one that CDI leaves waiting.
func (d *Fake) reconcileDataVolume(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	volume, err := d.Cluster.Find(ctx, dataVolumeKind, key)
	if err != nil || volume == nil || volume.GetDeletionTimestamp() != nil {
		return 0, err
	}
	var claim corev1.PersistentVolumeClaim
	switch err := d.Cluster.Get(ctx, key, &claim); {
	case apierrors.IsNotFound(err):
		made, err := d.claimFor(ctx, volume)
		if err != nil {
			return 0, err
		}
		if err := d.Cluster.Create(ctx, made); err != nil {
			// a quota that is used up is no fault of CDI's; it tries again
			reason := "ErrClaimNotValid"
			if apierrors.IsForbidden(err) {
				reason = "ErrExceededQuota"
			}
			d.Cluster.Warn(ctx, volume, reason, err)
			return guestRetry, d.reportVolume(ctx, volume, "Pending", reason, err.Error())
		}
		claim = *made
	case err != nil:
		return 0, err
	case !metav1.IsControlledBy(&claim, volume):
		message := fmt.Sprintf("Resource %q already exists and is not managed by DataVolume", key.Name)
		return guestRetry, d.reportVolume(ctx, volume, "Pending", "ErrResourceExists", message)
	}
	if claim.Status.Phase == corev1.ClaimBound {
		return 0, d.reportVolume(ctx, volume, "Succeeded", "Bound", "")
	}
	waits, err := d.waitsForConsumer(ctx, &claim)
	if err != nil {
		return 0, err
	}
	if waits {
		return 0, d.reportVolume(ctx, volume, "WaitForFirstConsumer", "Pending", "PVC "+key.Name+" Pending")
	}
	return 0, d.reportVolume(ctx, volume, "Pending", "Pending", "PVC "+key.Name+" Pending")
}

// claimFor is the claim that CDI makes. What a DataVolume leaves open, CDI knows of the storage: of LINSTOR that volumes
// are block devices which several hosts can use, of all else here that they are file systems of one.
func (d *Fake) claimFor(ctx context.Context, volume *unstructured.Unstructured) (*corev1.PersistentVolumeClaim, error) {
	fields, found, _ := unstructured.NestedMap(volume.Object, "spec", "storage")
	if !found {
		if fields, found, _ = unstructured.NestedMap(volume.Object, "spec", "pvc"); !found {
			return nil, fmt.Errorf("DataVolume %s: neither storage nor pvc — CDI's webhook refuses it", reconcile.Key(volume))
		}
	}
	var spec corev1.PersistentVolumeClaimSpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &spec); err != nil {
		return nil, fmt.Errorf("DataVolume %s: %w", reconcile.Key(volume), err)
	}
	provisioner, err := d.provisionerOf(ctx, spec.StorageClassName)
	if err != nil {
		return nil, err
	}
	block := strings.Contains(provisioner, "linstor")
	if spec.VolumeMode == nil {
		mode := corev1.PersistentVolumeFilesystem
		if block {
			mode = corev1.PersistentVolumeBlock
		}
		spec.VolumeMode = &mode
	}
	if len(spec.AccessModes) == 0 {
		spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
		if block {
			spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
		}
	}
	labels := map[string]string{}
	maps.Copy(labels, volume.GetLabels())
	labels[importedLabel] = imported
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: volume.GetNamespace(), Name: volume.GetName(), Labels: labels, Annotations: volume.GetAnnotations(),
			OwnerReferences: []metav1.OwnerReference{reconcile.OwnedBy(volume, dataVolumeKind)},
		},
		Spec: spec,
	}, nil
}

// provisionerOf is that of a class, of the default one where none is named.
func (d *Fake) provisionerOf(ctx context.Context, name *string) (string, error) {
	var classes storagev1.StorageClassList
	if err := d.Cluster.List(ctx, &classes); err != nil {
		return "", fmt.Errorf("storage classes: %w", err)
	}
	for _, class := range classes.Items {
		if (name != nil && class.Name == *name) || (name == nil && class.Annotations[defaultClass] == "true") {
			return class.Provisioner, nil
		}
	}
	return "", nil
}

func (d *Fake) waitsForConsumer(ctx context.Context, claim *corev1.PersistentVolumeClaim) (bool, error) {
	if claim.Spec.StorageClassName == nil || claim.Annotations[selectedNode] != "" {
		return false, nil
	}
	var class storagev1.StorageClass
	err := d.Cluster.Get(ctx, types.NamespacedName{Name: *claim.Spec.StorageClassName}, &class)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	mode := class.VolumeBindingMode
	return err == nil && mode != nil && *mode == storagev1.VolumeBindingWaitForFirstConsumer, err
}

// consume lets a claim be bound that waits for the first pod that uses it. The sandbox has no pods of machines.
func (d *Fake) consume(ctx context.Context, key types.NamespacedName, node string) error {
	claim, err := d.Cluster.Find(ctx, claimKind, key)
	if err != nil || claim == nil {
		return err
	}
	return d.Cluster.Change(ctx, claim, func(o *unstructured.Unstructured) error {
		annotate(o, selectedNode, node)
		return nil
	})
}

func (d *Fake) reportVolume(ctx context.Context, volume *unstructured.Unstructured, phase, reason, message string) error {
	return d.Cluster.Change(ctx, volume, func(o *unstructured.Unstructured) error {
		done := metav1.ConditionFalse
		running := reconcile.Condition{Type: "Running", Status: "False", Reason: reason, Message: message}
		reconcile.Set(o, phase, "status", "phase")
		if phase == "Succeeded" {
			done = metav1.ConditionTrue
			running.Reason, running.Message = "Completed", "Import Complete"
			reconcile.Set(o, "100.0%", "status", "progress")
			reconcile.Set(o, o.GetName(), "status", "claimName")
		}
		reconcile.SetCondition(o, reconcile.Condition{Type: "Bound", Status: done, Reason: reason, Message: message})
		reconcile.SetCondition(o, running)
		reconcile.SetCondition(o, reconcile.Condition{Type: "Ready", Status: done, Reason: "Ready"})
		return nil
	})
}
