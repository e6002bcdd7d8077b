package csidriver

import (
	"context"
	"fmt"
	"slices"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// snapshotClassParameter of a VolumeSnapshotClass names the class of the management cluster.
const snapshotClassParameter = "infraSnapshotClassName"

func (i *infra) snapshot(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	object, err := i.in(snapshots).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if !i.own(object) {
		return nil, errInvalidSnapshot
	}
	return object, nil
}

func (c *controller) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	name, source := request.GetName(), request.GetSourceVolumeId()
	switch {
	case name == "":
		return nil, status.Error(codes.InvalidArgument, "name missing in request")
	case source == "":
		return nil, status.Error(codes.InvalidArgument, "source volume id missing in request")
	}
	live, err := c.infra.snapshot(ctx, name)
	if err == nil {
		if sourceOf(live) != source {
			return nil, status.Errorf(codes.AlreadyExists, "snapshot with the same name: %s but with different SourceVolumeId already exist", name)
		}
		return &csi.CreateSnapshotResponse{Snapshot: snapshotOf(live)}, nil
	}
	if !apierrors.IsNotFound(err) {
		return nil, err
	}
	if _, err := c.infra.volume(ctx, dataVolumes, source); err != nil {
		return nil, missing(err, "source volume %s not found", source)
	}
	class, err := c.snapshotClass(ctx, source, request.GetParameters()[snapshotClassParameter])
	if err != nil {
		return nil, err
	}
	spec := map[string]any{"source": map[string]any{"persistentVolumeClaimName": source}}
	if class != "" {
		spec["volumeSnapshotClassName"] = class
	}
	object := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	object.SetAPIVersion("snapshot.storage.k8s.io/v1")
	object.SetKind("VolumeSnapshot")
	object.SetName(name)
	object.SetNamespace(c.namespace)
	object.SetLabels(c.labels)
	if _, err := c.infra.in(snapshots).Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	if err := eventually(ctx, func(ctx context.Context) (bool, error) {
		live, err = c.infra.snapshot(ctx, name)
		return err == nil && isReady(live), err
	}); err != nil {
		return nil, err
	}
	return &csi.CreateSnapshotResponse{Snapshot: snapshotOf(live)}, nil
}

// snapshotClass is the class of the management cluster for a snapshot of a volume; empty is the default.
func (c *controller) snapshotClass(ctx context.Context, source, asked string) (string, error) {
	claim, err := c.infra.volume(ctx, claims, source)
	if err != nil {
		return "", fmt.Errorf("unable to determine volume snapshot class name for infra source volume")
	}
	if c.enforcement.AllowDefault {
		return "", nil
	}
	// the real driver asks once which classes the tenant has, to name those that would do
	if _, err := c.tenant.Resource(classes).List(ctx, metav1.ListOptions{}); err != nil {
		return "", err
	}
	class, _, _ := unstructured.NestedString(claim.Object, "spec", "storageClassName")
	for _, each := range c.enforcement.Snapshots {
		if slices.Contains(each.StorageClasses, class) && slices.Contains(each.VolumeSnapshotClasses, asked) {
			return asked, nil
		}
	}
	return "", fmt.Errorf("volume snapshot class %s is not compatible with PVC with storage class %s", asked, class)
}

func (c *controller) DeleteSnapshot(ctx context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	name := request.GetSnapshotId()
	if name == "" {
		return nil, status.Error(codes.InvalidArgument, "snapshot id missing in request")
	}
	_, err := c.infra.snapshot(ctx, name)
	if apierrors.IsNotFound(err) {
		return &csi.DeleteSnapshotResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &csi.DeleteSnapshotResponse{}, c.infra.in(snapshots).Delete(ctx, name, metav1.DeleteOptions{})
}

func (c *controller) ListSnapshots(ctx context.Context, request *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	var found []unstructured.Unstructured
	if name := request.GetSnapshotId(); name != "" {
		live, err := c.infra.snapshot(ctx, name)
		switch {
		case err == nil:
			found = append(found, *live)
		case !apierrors.IsNotFound(err):
			return nil, err
		}
	} else {
		list, err := c.infra.in(snapshots).List(ctx, metav1.ListOptions{LabelSelector: labels.FormatLabels(c.labels)})
		if err != nil {
			return nil, err
		}
		found = list.Items
	}
	answer := &csi.ListSnapshotsResponse{}
	for i := range found {
		if source := request.GetSourceVolumeId(); source != "" && source != sourceOf(&found[i]) {
			continue
		}
		answer.Entries = append(answer.Entries, &csi.ListSnapshotsResponse_Entry{Snapshot: snapshotOf(&found[i])})
	}
	return answer, nil
}

func sourceOf(snapshot *unstructured.Unstructured) string {
	name, _, _ := unstructured.NestedString(snapshot.Object, "spec", "source", "persistentVolumeClaimName")
	return name
}

func isReady(snapshot *unstructured.Unstructured) bool {
	ready, _, _ := unstructured.NestedBool(snapshot.Object, "status", "readyToUse")
	return ready
}

func snapshotOf(snapshot *unstructured.Unstructured) *csi.Snapshot {
	size := quantityOf(snapshot, "status", "restoreSize")
	return &csi.Snapshot{
		SnapshotId: snapshot.GetName(), SourceVolumeId: sourceOf(snapshot), ReadyToUse: isReady(snapshot),
		CreationTime: timestamppb.New(snapshot.GetCreationTimestamp().Time), SizeBytes: size.Value(),
	}
}
