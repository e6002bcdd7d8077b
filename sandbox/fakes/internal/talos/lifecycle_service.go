package talos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// lifecycleService installs and upgrades since Talos 1.13. It checks no etcd and restarts nothing: both are left to who
// calls it.
type lifecycleService struct {
	machineapi.UnimplementedLifecycleServiceServer
	self *Machine
}

// imageService pulls images since Talos 1.13.
type imageService struct {
	machineapi.UnimplementedImageServiceServer
	self *Machine
}

// imageStore are the images that were pulled since the machine started, by containerd and namespace.
type imageStore struct {
	mu     sync.Mutex
	images map[string][]installer
}

func (i *imageStore) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.images = nil
}

func (i *imageStore) add(where string, image installer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.images == nil {
		i.images = map[string][]installer{}
	}
	i.images[where] = append(i.images[where], image)
}

// find takes the name that Pull was given, and the one that it answered.
func (i *imageStore) find(where, name string) (installer, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	found := slices.IndexFunc(i.images[where], func(o installer) bool { return o.Ref == name || o.digested() == name })
	if found < 0 {
		return installer{}, false
	}
	return i.images[where][found], true
}

// containerd is where images are kept, or why there is no such place.
func containerd(in *common.ContainerdInstance) (string, error) {
	driver, namespace := in.GetDriver(), in.GetNamespace()
	switch {
	case driver != common.ContainerDriver_CONTAINERD && driver != common.ContainerDriver_CRI:
		return "", status.Errorf(codes.InvalidArgument, "invalid containerd driver %s", driver)
	case namespace != common.ContainerdNamespace_NS_CRI && namespace != common.ContainerdNamespace_NS_SYSTEM:
		return "", status.Errorf(codes.InvalidArgument, "invalid containerd namespace %s", namespace)
	case driver == common.ContainerDriver_CONTAINERD && namespace == common.ContainerdNamespace_NS_CRI:
		return "", status.Error(codes.InvalidArgument, "cannot use CRI namespace with containerd driver")
	default:
		return driver.String() + "/" + namespace.String(), nil
	}
}

// Pull answers progress, and at last the name with a digest.
func (s *imageService) Pull(in *machineapi.ImageServicePullRequest, stream grpc.ServerStreamingServer[machineapi.ImageServicePullResponse]) error {
	m := target(stream.Context(), s.self)
	where, err := containerd(in.GetContainerd())
	if err != nil {
		return err
	}
	image, err := parseInstaller(in.GetImageRef())
	if err != nil {
		return status.Errorf(codes.NotFound, "error pulling image: %s", err)
	}
	for _, st := range []machineapi.ImageServicePullLayerProgress_Status{
		machineapi.ImageServicePullLayerProgress_DOWNLOADING, machineapi.ImageServicePullLayerProgress_EXTRACT_COMPLETE,
	} {
		progress := &machineapi.ImageServicePullProgress{
			LayerId: "simulated", Progress: &machineapi.ImageServicePullLayerProgress{Status: st, Offset: 1, Total: 1},
		}
		if err := stream.Send(&machineapi.ImageServicePullResponse{Response: &machineapi.ImageServicePullResponse_PullProgress{PullProgress: progress}}); err != nil {
			return err
		}
	}
	m.images.add(where, image)
	return stream.Send(&machineapi.ImageServicePullResponse{Response: &machineapi.ImageServicePullResponse_Name{Name: image.digested()}})
}

// List names what was pulled.
func (s *imageService) List(in *machineapi.ImageServiceListRequest, stream grpc.ServerStreamingServer[machineapi.ImageServiceListResponse]) error {
	m := target(stream.Context(), s.self)
	where, err := containerd(in.GetContainerd())
	if err != nil {
		return err
	}
	m.images.mu.Lock()
	images := slices.Clone(m.images.images[where])
	m.images.mu.Unlock()
	for _, image := range images {
		if err := stream.Send(&machineapi.ImageServiceListResponse{Name: image.Ref}); err != nil {
			return err
		}
	}
	return nil
}

func message(text string) *machineapi.LifecycleServiceInstallProgress {
	return &machineapi.LifecycleServiceInstallProgress{Response: &machineapi.LifecycleServiceInstallProgress_Message{Message: text}}
}

func exitCode(code int32) *machineapi.LifecycleServiceInstallProgress {
	return &machineapi.LifecycleServiceInstallProgress{Response: &machineapi.LifecycleServiceInstallProgress_ExitCode{ExitCode: code}}
}

// Upgrade runs the installer of an image that was pulled. Its failure is an exit code and no error.
func (s *lifecycleService) Upgrade(in *machineapi.LifecycleServiceUpgradeRequest, stream grpc.ServerStreamingServer[machineapi.LifecycleServiceUpgradeResponse]) error {
	m := target(stream.Context(), s.self)
	if !m.installs.TryLock() {
		return status.Error(codes.FailedPrecondition, "another installation/upgrade is already in progress")
	}
	defer m.installs.Unlock()
	name := in.GetSource().GetImageName()
	switch {
	case !m.snapshot().kept.Installed:
		return status.Error(codes.FailedPrecondition, "machine is not installed")
	case name == "":
		return status.Error(codes.InvalidArgument, "installer image name is required")
	}
	err := m.runInstaller(stream.Context(), in.GetContainerd(), m.snapshot().kept.Disk, name, func(p *machineapi.LifecycleServiceInstallProgress) error {
		return stream.Send(&machineapi.LifecycleServiceUpgradeResponse{Progress: p})
	})
	if err != nil {
		return status.Errorf(codes.Internal, "upgrade failed: %s", err)
	}
	return nil
}

// Install installs on a disk without a configuration.
func (s *lifecycleService) Install(in *machineapi.LifecycleServiceInstallRequest, stream grpc.ServerStreamingServer[machineapi.LifecycleServiceInstallResponse]) error {
	m := target(stream.Context(), s.self)
	if !m.installs.TryLock() {
		return status.Error(codes.FailedPrecondition, "another installation/upgrade is already in progress")
	}
	defer m.installs.Unlock()
	name := in.GetSource().GetImageName()
	switch {
	case m.snapshot().kept.Installed:
		return status.Error(codes.AlreadyExists, "machine is already installed")
	case name == "":
		return status.Error(codes.InvalidArgument, "installer image name is required")
	case in.GetDestination().GetDisk() == "":
		return status.Error(codes.InvalidArgument, "destination disk is required")
	}
	disk := strings.TrimPrefix(in.GetDestination().GetDisk(), "/dev/")
	if !slices.ContainsFunc(m.hardware.Disks, func(d Disk) bool { return d.Name == disk }) {
		return status.Errorf(codes.InvalidArgument, "invalid disk path: lstat %s: no such file or directory", in.GetDestination().GetDisk())
	}
	err := m.runInstaller(stream.Context(), in.GetContainerd(), disk, name, func(p *machineapi.LifecycleServiceInstallProgress) error {
		return stream.Send(&machineapi.LifecycleServiceInstallResponse{Progress: p})
	})
	if err != nil {
		return status.Errorf(codes.Internal, "installation failed: %s", err)
	}
	return nil
}

func (m *Machine) runInstaller(ctx context.Context, where *common.ContainerdInstance, disk, name string, send func(*machineapi.LifecycleServiceInstallProgress) error) error {
	store, err := containerd(where)
	if err != nil {
		return err
	}
	image, ok := m.images.find(store, name)
	if !ok {
		return fmt.Errorf("installer image %q not found in containerd store: image %q: not found", name, name)
	}
	for _, text := range []string{"running pre-flight checks\n", "host Talos version: " + m.version(m.snapshot()) + "\n"} {
		if err := send(message(text)); err != nil {
			return err
		}
	}
	if !sleep(ctx, m.fleet.opts.InstallDelay) {
		return ctx.Err()
	}
	if err := m.install(disk, image.Ref); err != nil {
		if err := send(message("Error: " + err.Error() + "\n")); err != nil {
			return err
		}
		return send(exitCode(1))
	}
	if err := send(message("installation of " + image.Tag + " complete\n")); err != nil {
		return err
	}
	return send(exitCode(0))
}
