package csidriver

import (
	"context"
	"strings"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// addVolume is the body of addvolume.
type addVolume struct {
	Name         string         `json:"name"`
	Disk         map[string]any `json:"disk"`
	VolumeSource map[string]any `json:"volumeSource"`
}

// removeVolume is the body of removevolume.
type removeVolume struct {
	Name string `json:"name"`
}

// attempts of a request to virt-api, which refuses a second one while the first is under way.
var attempts = wait.Backoff{Duration: time.Second, Steps: 5, Factor: 2, Cap: 30 * time.Second}

// machineOf is the name in a node's id, which is namespace/name.
func machineOf(node string) (string, error) {
	_, name, found := strings.Cut(node, "/")
	if !found || name == "" || strings.Contains(name, "/") {
		return "", status.Errorf(codes.InvalidArgument, "unexpected key format: %q", node)
	}
	return name, nil
}

func (c *controller) ControllerPublishVolume(ctx context.Context, request *csi.ControllerPublishVolumeRequest) (*csi.ControllerPublishVolumeResponse, error) {
	volume := request.GetVolumeId()
	switch {
	case volume == "":
		return nil, status.Error(codes.InvalidArgument, "volume id missing in request")
	case request.GetNodeId() == "":
		return nil, status.Error(codes.InvalidArgument, "node id missing in request")
	case request.GetVolumeCapability() == nil:
		return nil, status.Error(codes.InvalidArgument, "volume capability missing in request")
	}
	machine, err := machineOf(request.GetNodeId())
	if err != nil {
		return nil, err
	}
	if _, shared := modes(request.GetVolumeCapability()); !shared {
		elsewhere, err := c.infra.attachedElsewhere(ctx, volume, machine)
		if err != nil {
			return nil, status.Errorf(codes.FailedPrecondition, "failed to check if volume is already attached: %s", err)
		}
		if elsewhere {
			return nil, status.Error(codes.FailedPrecondition, "volume is attached to another VM")
		}
	}
	if _, err := c.infra.volume(ctx, dataVolumes, volume); err != nil {
		return nil, missing(err, "volume %s not found", volume)
	}
	if _, err := c.infra.in(machines).Get(ctx, machine, metav1.GetOptions{}); err != nil {
		return nil, missing(err, "vm %s not found", machine)
	}
	attached, err := c.infra.inMachine(ctx, machine, volume)
	if err != nil {
		return nil, err
	}
	if attached {
		return &csi.ControllerPublishVolumeResponse{}, nil
	}
	options := addVolume{
		Name: volume,
		Disk: map[string]any{
			"serial": request.GetVolumeContext()[serialKey],
			"disk":   map[string]any{"bus": request.GetVolumeContext()[busParameter]},
		},
		VolumeSource: map[string]any{"dataVolume": map[string]any{"name": volume}},
	}
	if err := again(ctx, func() error {
		if attached, err := c.infra.inMachine(ctx, machine, volume); err != nil || attached {
			return err
		}
		return c.infra.subresource(ctx, "virtualmachines", machine, "addvolume", options)
	}); err != nil {
		return nil, err
	}
	return &csi.ControllerPublishVolumeResponse{}, eventually(ctx, func(ctx context.Context) (bool, error) {
		said, err := c.infra.inInstance(ctx, machine, volume)
		if err != nil || said["phase"] != "Ready" {
			return false, err
		}
		return c.infra.inMachine(ctx, machine, volume)
	})
}

func (c *controller) ControllerUnpublishVolume(ctx context.Context, request *csi.ControllerUnpublishVolumeRequest) (*csi.ControllerUnpublishVolumeResponse, error) {
	volume := request.GetVolumeId()
	if volume == "" {
		return nil, status.Error(codes.InvalidArgument, "volume id missing in request")
	}
	machine, err := machineOf(request.GetNodeId())
	if err != nil {
		return nil, err
	}
	attached, err := c.attached(ctx, machine, volume)
	if err != nil {
		return nil, err
	}
	if !attached {
		return &csi.ControllerUnpublishVolumeResponse{}, nil
	}
	if err := again(ctx, func() error { return c.remove(ctx, machine, volume) }); err != nil {
		return nil, err
	}
	return &csi.ControllerUnpublishVolumeResponse{}, eventually(ctx, func(ctx context.Context) (bool, error) {
		attached, err := c.attached(ctx, machine, volume)
		return !attached, err
	})
}

// attached looks at both: the machine, which says what shall be, and its instance, which says what is and may outlive it.
func (c *controller) attached(ctx context.Context, machine, volume string) (bool, error) {
	wanted, err := c.infra.inMachine(ctx, machine, volume)
	if err != nil || wanted {
		return wanted, err
	}
	said, err := c.infra.inInstance(ctx, machine, volume)
	return said["hotplugVolume"] != nil, err
}

func (c *controller) remove(ctx context.Context, machine, volume string) error {
	wanted, err := c.infra.inMachine(ctx, machine, volume)
	if err != nil {
		return err
	}
	if wanted {
		return c.infra.subresource(ctx, "virtualmachines", machine, "removevolume", removeVolume{Name: volume})
	}
	said, err := c.infra.inInstance(ctx, machine, volume)
	if err != nil || said["hotplugVolume"] == nil {
		return err
	}
	err = c.infra.subresource(ctx, "virtualmachineinstances", machine, "removevolume", removeVolume{Name: volume})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// again tries a request a few times.
func again(ctx context.Context, request func() error) error {
	var last error
	if err := wait.ExponentialBackoffWithContext(ctx, attempts, func(context.Context) (bool, error) {
		last = request()
		return last == nil, nil
	}); err != nil {
		return status.Errorf(codes.Internal, "%v: %v", err, last)
	}
	return nil
}
