package csidriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
)

const (
	classParameter = "infraStorageClassName"
	busParameter   = "bus"
	defaultBus     = "scsi"
	serialKey      = "serial"

	// patience is how long the driver waits for the management cluster; its sidecars have to wait longer.
	patience = 2 * time.Minute
)

type controller struct {
	csi.UnimplementedControllerServer
	*config
	infra  *infra
	tenant dynamic.Interface
}

func (c *controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	answer := &csi.ControllerGetCapabilitiesResponse{}
	for _, kind := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_PUBLISH_UNPUBLISH_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
	} {
		answer.Capabilities = append(answer.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: kind}},
		})
	}
	return answer, nil
}

func (c *controller) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	if request.GetName() == "" {
		return nil, status.Error(codes.InvalidArgument, "name missing in request")
	}
	if request.GetVolumeCapabilities() == nil {
		return nil, status.Error(codes.InvalidArgument, "volume capabilities missing in request")
	}
	block, shared := modes(request.GetVolumeCapabilities()...)
	if shared && !block {
		return nil, status.Error(codes.InvalidArgument, "non-block volume with RWX access mode is not supported")
	}
	class := request.GetParameters()[classParameter]
	if !c.enforcement.allows(class) {
		return nil, status.Error(codes.InvalidArgument, "infraStorageclass is not in the allowed list")
	}
	storage := map[string]any{
		"resources": map[string]any{"requests": map[string]any{"storage": fmt.Sprint(request.GetCapacityRange().GetRequiredBytes())}},
	}
	if shared {
		storage["accessModes"] = []any{"ReadWriteMany"}
	}
	if class != "" {
		storage["storageClassName"] = class
	}
	spec := map[string]any{"storage": storage}
	if err := c.fill(ctx, spec, request.GetVolumeContentSource()); err != nil {
		return nil, err
	}
	volume := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	volume.SetAPIVersion("cdi.kubevirt.io/v1beta1")
	volume.SetKind("DataVolume")
	volume.SetName(request.GetName())
	volume.SetNamespace(c.namespace)
	volume.SetLabels(c.labels)
	volume.SetAnnotations(map[string]string{"cdi.kubevirt.io/storage.deleteAfterCompletion": "false"})

	live, err := c.infra.volume(ctx, dataVolumes, request.GetName())
	switch {
	case apierrors.IsNotFound(err):
		if live, err = c.infra.createVolume(ctx, volume); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	default:
		asked := quantityOf(volume, "spec", "storage", "resources", "requests", "storage")
		if quantityOf(live, "spec", "storage", "resources", "requests", "storage").Cmp(*asked) != 0 {
			return nil, status.Error(codes.AlreadyExists, "Requested storage size does not match existing size")
		}
	}
	bus := request.GetParameters()[busParameter]
	if bus == "" {
		bus = defaultBus
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId: request.GetName(), CapacityBytes: request.GetCapacityRange().GetRequiredBytes(),
		VolumeContext: map[string]string{busParameter: bus, serialKey: string(live.GetUID())},
		ContentSource: request.GetVolumeContentSource(),
	}}, nil
}

// fill says what is in a new volume: nothing, a snapshot, or another volume.
func (c *controller) fill(ctx context.Context, spec map[string]any, from *csi.VolumeContentSource) error {
	switch {
	case from == nil:
		spec["source"] = map[string]any{"blank": map[string]any{}}
	case from.GetSnapshot() != nil:
		name := from.GetSnapshot().GetSnapshotId()
		if _, err := c.infra.snapshot(ctx, name); err != nil {
			return missing(err, "source snapshot content %s not found", name)
		}
		spec["source"] = map[string]any{"snapshot": map[string]any{"name": name, "namespace": c.namespace}}
	case from.GetVolume() != nil:
		name := from.GetVolume().GetVolumeId()
		if _, err := c.infra.volume(ctx, dataVolumes, name); err != nil {
			return missing(err, "source volume content %s not found", name)
		}
		storage, _ := spec["storage"].(map[string]any)
		storage["dataSourceRef"] = map[string]any{"kind": "PersistentVolumeClaim", "name": name}
	default:
		return status.Error(codes.InvalidArgument, "unknown content type")
	}
	return nil
}

func (c *controller) DeleteVolume(ctx context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	if request.GetVolumeId() == "" {
		return nil, status.Error(codes.InvalidArgument, "Volume ID missing in request")
	}
	return &csi.DeleteVolumeResponse{}, c.infra.deleteVolume(ctx, request.GetVolumeId())
}

func (c *controller) ValidateVolumeCapabilities(ctx context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if _, err := c.infra.volume(ctx, dataVolumes, request.GetVolumeId()); err != nil {
		return nil, missing(err, "volume %s not found", request.GetVolumeId())
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeContext: request.GetVolumeContext(), VolumeCapabilities: request.GetVolumeCapabilities(), Parameters: request.GetParameters(),
	}}, nil
}

func (c *controller) ControllerExpandVolume(ctx context.Context, request *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	name := request.GetVolumeId()
	if name == "" {
		return nil, status.Error(codes.InvalidArgument, "Volume ID not provided")
	}
	if request.GetCapacityRange() == nil {
		return nil, status.Error(codes.InvalidArgument, "Capacity range not provided")
	}
	bytes := request.GetCapacityRange().GetRequiredBytes()
	if err := c.infra.expand(ctx, name, bytes); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, status.Errorf(codes.NotFound, "volume %s not found", name)
		}
		return nil, status.Errorf(codes.Internal, "Failed to expand PVC %s: %v", name, err)
	}
	if err := eventually(ctx, func(ctx context.Context) (bool, error) { return c.infra.expanded(ctx, name) }); err != nil {
		return nil, err
	}
	return &csi.ControllerExpandVolumeResponse{
		CapacityBytes: bytes, NodeExpansionRequired: request.GetVolumeCapability().GetBlock() == nil,
	}, nil
}

// modes are whether a volume is a block device, and whether several nodes use it.
func modes(capabilities ...*csi.VolumeCapability) (block, shared bool) {
	for _, each := range capabilities {
		block = block || each.GetBlock() != nil
		switch each.GetAccessMode().GetMode() {
		case csi.VolumeCapability_AccessMode_MULTI_NODE_READER_ONLY,
			csi.VolumeCapability_AccessMode_MULTI_NODE_SINGLE_WRITER,
			csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER:
			shared = true
		}
	}
	return block, shared
}

// missing is NotFound for what is not there, else the error itself.
func missing(err error, format string, args ...any) error {
	if apierrors.IsNotFound(err) {
		return status.Errorf(codes.NotFound, format, args...)
	}
	return err
}

func eventually(ctx context.Context, check func(context.Context) (bool, error)) error {
	err := wait.PollUntilContextTimeout(ctx, time.Second, patience, true, check)
	if errors.Is(err, context.DeadlineExceeded) {
		return status.Error(codes.DeadlineExceeded, err.Error())
	}
	return err
}

// quantityOf reads a quantity; zero where there is none.
func quantityOf(object *unstructured.Unstructured, path ...string) *resource.Quantity {
	text, _, _ := unstructured.NestedString(object.Object, path...)
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return &resource.Quantity{}
	}
	return &quantity
}
