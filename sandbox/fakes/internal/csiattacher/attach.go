package csiattacher

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type attacher struct {
	client  kubernetes.Interface
	driver  string
	csi     csi.ControllerClient
	timeout time.Duration
}

// finalizer keeps attachments and volumes until they are detached, under the name of the real attacher's.
func (a *attacher) finalizer() string {
	return "external-attacher/" + strings.ReplaceAll(a.driver, ".", "-")
}

func (a *attacher) sync(ctx context.Context, name string) error {
	attachment, err := a.client.StorageV1().VolumeAttachments().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	detaching := attachment.DeletionTimestamp != nil
	switch {
	case detaching && !slices.Contains(attachment.Finalizers, a.finalizer()):
		return nil
	case !detaching && attachment.Status.Attached:
		return nil
	case detaching:
		err = a.detach(ctx, attachment)
	default:
		err = a.attach(ctx, attachment)
	}
	if err == nil {
		return nil
	}
	fault := &storagev1.VolumeError{Time: metav1.Now(), Message: err.Error()}
	if reported := a.report(ctx, attachment, func(status *storagev1.VolumeAttachmentStatus) {
		if detaching {
			status.DetachError = fault
		} else {
			status.AttachError = fault
		}
	}); reported != nil {
		return fmt.Errorf("%w; and it cannot be said: %w", err, reported)
	}
	return err
}

func (a *attacher) attach(ctx context.Context, attachment *storagev1.VolumeAttachment) error {
	volume, node, err := a.read(ctx, attachment)
	if err != nil {
		return err
	}
	if volume.DeletionTimestamp != nil {
		return fmt.Errorf("PersistentVolume %q is marked for deletion", volume.Name)
	}
	if err := a.finalize(ctx, attachment, volume); err != nil {
		return err
	}
	capability, err := capabilityOf(volume)
	if err != nil {
		return err
	}
	source := volume.Spec.CSI
	limited, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	answer, err := a.csi.ControllerPublishVolume(limited, &csi.ControllerPublishVolumeRequest{
		VolumeId: source.VolumeHandle, NodeId: node, VolumeCapability: capability, Readonly: source.ReadOnly,
		VolumeContext: source.VolumeAttributes,
	})
	if err != nil {
		return err
	}
	return a.report(ctx, attachment, func(status *storagev1.VolumeAttachmentStatus) {
		*status = storagev1.VolumeAttachmentStatus{Attached: true, AttachmentMetadata: answer.GetPublishContext()}
	})
}

func (a *attacher) detach(ctx context.Context, attachment *storagev1.VolumeAttachment) error {
	volume, node, err := a.read(ctx, attachment)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	if _, err := a.csi.ControllerUnpublishVolume(limited, &csi.ControllerUnpublishVolumeRequest{
		VolumeId: volume.Spec.CSI.VolumeHandle, NodeId: node,
	}); err != nil {
		return err
	}
	before := attachment.DeepCopy()
	attachment.Finalizers = slices.DeleteFunc(attachment.Finalizers, func(each string) bool { return each == a.finalizer() })
	patch, err := client.MergeFrom(before).Data(attachment)
	if err != nil {
		return err
	}
	_, err = a.client.StorageV1().VolumeAttachments().Patch(ctx, attachment.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err := ignoreNotFound(err); err != nil {
		return err
	}
	return a.release(ctx, volume)
}

// read is the volume of an attachment, and what the driver calls the node. A node that is gone is known by what the
// attachment keeps of it, so that its volumes can be detached.
func (a *attacher) read(ctx context.Context, attachment *storagev1.VolumeAttachment) (*corev1.PersistentVolume, string, error) {
	name := attachment.Spec.Source.PersistentVolumeName
	if name == nil {
		return nil, "", fmt.Errorf("VolumeAttachment %q has no PersistentVolume", attachment.Name)
	}
	volume, err := a.client.CoreV1().PersistentVolumes().Get(ctx, *name, metav1.GetOptions{})
	if err != nil {
		return nil, "", err
	}
	if volume.Spec.CSI == nil || volume.Spec.CSI.Driver != a.driver {
		return nil, "", fmt.Errorf("PersistentVolume %q is none of driver %s", *name, a.driver)
	}
	node, err := a.client.StorageV1().CSINodes().Get(ctx, attachment.Spec.NodeName, metav1.GetOptions{})
	if err == nil {
		for _, driver := range node.Spec.Drivers {
			if driver.Name == a.driver {
				return volume, driver.NodeID, nil
			}
		}
		err = fmt.Errorf("CSINode %s does not contain driver %s", attachment.Spec.NodeName, a.driver)
	}
	if kept := attachment.Annotations[nodeAnnotation]; kept != "" {
		return volume, kept, nil
	}
	return nil, "", err
}

// nodeAnnotation of an attachment is what the driver calls its node; the real attacher writes it too.
const nodeAnnotation = "csi.alpha.kubernetes.io/node-id"

// finalize keeps volume and attachment from going before they are detached.
func (a *attacher) finalize(ctx context.Context, attachment *storagev1.VolumeAttachment, volume *corev1.PersistentVolume) error {
	if !slices.Contains(volume.Finalizers, a.finalizer()) {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"resourceVersion": volume.ResourceVersion, "finalizers": append(slices.Clone(volume.Finalizers), a.finalizer()),
		}})
		if err != nil {
			return err
		}
		if _, err := a.client.CoreV1().PersistentVolumes().Patch(ctx, volume.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	if slices.Contains(attachment.Finalizers, a.finalizer()) {
		return nil
	}
	_, node, err := a.read(ctx, attachment)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"resourceVersion": attachment.ResourceVersion,
		"finalizers":      append(slices.Clone(attachment.Finalizers), a.finalizer()),
		"annotations":     map[string]string{nodeAnnotation: node},
	}})
	if err != nil {
		return err
	}
	live, err := a.client.StorageV1().VolumeAttachments().Patch(ctx, attachment.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	*attachment = *live
	return nil
}

// release lets a volume go that nothing attaches any more.
func (a *attacher) release(ctx context.Context, volume *corev1.PersistentVolume) error {
	list, err := a.client.StorageV1().VolumeAttachments().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, each := range list.Items {
		if source := each.Spec.Source.PersistentVolumeName; source != nil && *source == volume.Name {
			return nil
		}
	}
	live, err := a.client.CoreV1().PersistentVolumes().Get(ctx, volume.Name, metav1.GetOptions{})
	if err != nil {
		return ignoreNotFound(err)
	}
	left := slices.DeleteFunc(slices.Clone(live.Finalizers), func(each string) bool { return each == a.finalizer() })
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": live.ResourceVersion, "finalizers": left}})
	if err != nil {
		return err
	}
	_, err = a.client.CoreV1().PersistentVolumes().Patch(ctx, live.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return ignoreNotFound(err)
}

func (a *attacher) report(ctx context.Context, attachment *storagev1.VolumeAttachment, edit func(*storagev1.VolumeAttachmentStatus)) error {
	after := attachment.DeepCopy()
	edit(&after.Status)
	patch, err := client.MergeFrom(attachment).Data(after)
	if err != nil {
		return err
	}
	_, err = a.client.StorageV1().VolumeAttachments().Patch(ctx, attachment.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return ignoreNotFound(err)
}

// capabilityOf is what a volume is attached as.
func capabilityOf(volume *corev1.PersistentVolume) (*csi.VolumeCapability, error) {
	capability := &csi.VolumeCapability{AccessMode: &csi.VolumeCapability_AccessMode{}}
	if mode := volume.Spec.VolumeMode; mode != nil && *mode == corev1.PersistentVolumeBlock {
		capability.AccessType = &csi.VolumeCapability_Block{Block: &csi.VolumeCapability_BlockVolume{}}
	} else {
		capability.AccessType = &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{
			FsType: volume.Spec.CSI.FSType, MountFlags: volume.Spec.MountOptions,
		}}
	}
	modes := volume.Spec.AccessModes
	switch {
	case slices.Contains(modes, corev1.ReadWriteMany):
		capability.AccessMode.Mode = csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER
	case slices.Contains(modes, corev1.ReadOnlyMany):
		capability.AccessMode.Mode = csi.VolumeCapability_AccessMode_MULTI_NODE_READER_ONLY
	case slices.Contains(modes, corev1.ReadWriteOnce), slices.Contains(modes, corev1.ReadWriteOncePod):
		capability.AccessMode.Mode = csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER
	default:
		return nil, fmt.Errorf("PersistentVolume %q has no access mode that a driver knows", volume.Name)
	}
	return capability, nil
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
