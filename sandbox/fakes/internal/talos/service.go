package talos

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// machineService is the machine API. Methods that Talos has and the sandbox has not answer Unimplemented.
type machineService struct {
	machineapi.UnimplementedMachineServiceServer
	self *Machine
}

type storageService struct {
	storageapi.UnimplementedStorageServiceServer
	self *Machine
}

func onlyControlPlane(what string) error {
	return status.Errorf(codes.Unimplemented, "%s is only available on control plane nodes", what)
}

func (s *machineService) Version(ctx context.Context, _ *emptypb.Empty) (*machineapi.VersionResponse, error) {
	m := target(ctx, s.self)
	return &machineapi.VersionResponse{Messages: []*machineapi.Version{{
		Version:  &machineapi.VersionInfo{Tag: m.version(m.snapshot()), Sha: "simulated", Os: "linux", Arch: "amd64"},
		Platform: &machineapi.PlatformInfo{Name: "metal", Mode: "metal"},
		Features: &machineapi.FeaturesInfo{Rbac: true},
	}}}, nil
}

func (s *machineService) Hostname(ctx context.Context, _ *emptypb.Empty) (*machineapi.HostnameResponse, error) {
	m := target(ctx, s.self)
	return &machineapi.HostnameResponse{Messages: []*machineapi.Hostname{{Hostname: m.hostname(m.snapshot())}}}, nil
}

func (s *machineService) Memory(ctx context.Context, _ *emptypb.Empty) (*machineapi.MemoryResponse, error) {
	m := target(ctx, s.self)
	memoryKiB := m.hardware.MemoryMiB << 10
	if m.troubled(lowMemory) {
		memoryKiB = lowMemoryKiB
	}
	return &machineapi.MemoryResponse{Messages: []*machineapi.Memory{{
		Meminfo: &machineapi.MemInfo{Memtotal: memoryKiB, Memfree: memoryKiB / 2, Memavailable: memoryKiB / 4 * 3},
	}}}, nil
}

// Bootstrap refuses in the order and with the words of Talos. It returns when the machine has written down that it has
// etcd data; the control plane comes up after that.
func (s *machineService) Bootstrap(ctx context.Context, in *machineapi.BootstrapRequest) (*machineapi.BootstrapResponse, error) {
	m := target(ctx, s.self)
	snap := m.snapshot()
	switch {
	case !snap.up():
		return nil, status.Error(codes.FailedPrecondition, "bootstrap is not available yet")
	case !snap.isControlPlane():
		return nil, onlyControlPlane("bootstrap")
	case snap.config.Cluster().Etcd().CA() == nil && m.profile(snap).minor >= 14:
		return nil, status.Error(codes.InvalidArgument, "etcd is not configured, bootstrap is not possible")
	case m.troubled(clockNotSynced):
		return nil, status.Error(codes.FailedPrecondition, "time is not in sync yet")
	case snap.kept.Member != 0:
		return nil, status.Error(codes.AlreadyExists, "etcd data directory is not empty")
	}
	if err := m.fleet.acceptable(snap.config); err != nil {
		// Not a refusal of Talos: the sandbox can only serve where it may listen, and waiting would not help.
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if !m.fleet.clusters.buried(ctx, clusterKey(snap.config)) {
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	var from *recovery
	if in.GetRecoverEtcd() {
		err := m.recoverable(in.GetRecoverSkipHashCheck())
		m.failEtcd(err)
		if err != nil {
			// The call is answered before etcd is started.
			return &machineapi.BootstrapResponse{Messages: []*machineapi.Bootstrap{{}}}, nil
		}
		from = &recovery{Machine: m.Name, SkipHash: in.GetRecoverSkipHashCheck()}
	}
	created, err := m.fleet.etcd.bootstrap(m, snap, from)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if !created {
		// Talos would make a second etcd of the same cluster, which the sandbox cannot show.
		return nil, status.Error(codes.FailedPrecondition, "sandbox: this cluster has an etcd; a second Bootstrap makes another cluster of the same name: ask one machine only")
	}
	return &machineapi.BootstrapResponse{Messages: []*machineapi.Bootstrap{{}}}, nil
}

// Kubeconfig makes an administrator's kubeconfig out of the configuration alone, whether or not the API server runs.
func (s *machineService) Kubeconfig(_ *emptypb.Empty, stream grpc.ServerStreamingServer[common.Data]) error {
	m := target(stream.Context(), s.self)
	snap := m.snapshot()
	if !snap.isControlPlane() {
		return onlyControlPlane("kubeconfig")
	}
	lifetime := time.Duration(0)
	if m.troubled(expiredConfig) {
		lifetime = -time.Minute
	}
	text, err := adminKubeconfig(snap.config, lifetime)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}
	name := "kubeconfig"
	switch {
	case m.troubled(wrongConfig):
		text = []byte("clusters: [\n")
	case m.troubled(emptyConfig):
		name = ""
	}
	archive, err := tarGz(name, text)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}
	if m.troubled(truncatedConfig) {
		archive = archive[:truncatedAtBytes]
	}
	return stream.Send(&common.Data{Bytes: archive})
}

// tarGz packs one file, or none without a name.
func tarGz(name string, content []byte) ([]byte, error) {
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	var err error
	if name != "" {
		err = archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), ModTime: time.Now(), Mode: 0o600})
		if err == nil {
			_, err = archive.Write(content)
		}
	}
	if e := archive.Close(); err == nil {
		err = e
	}
	if e := compressed.Close(); err == nil {
		err = e
	}
	return buffer.Bytes(), err
}

// Events starts with an empty event, by which a client knows that it is connected.
func (s *machineService) Events(in *machineapi.EventsRequest, stream grpc.ServerStreamingServer[machineapi.Event]) error {
	if err := stream.Send(&machineapi.Event{}); err != nil {
		return err
	}
	return target(stream.Context(), s.self).events.follow(stream.Context(), in, stream.Send)
}

// readable are the files a machine has.
func (m *Machine) readable(path string) ([]byte, bool) {
	snap := m.snapshot()
	switch path {
	case "/proc/sys/kernel/random/boot_id":
		return []byte(snap.kept.BootID + "\n"), true
	case "/etc/hostname", "/proc/sys/kernel/hostname":
		return []byte(m.hostname(snap) + "\n"), true
	default:
		return nil, false
	}
}

func (s *machineService) Read(in *machineapi.ReadRequest, stream grpc.ServerStreamingServer[common.Data]) error {
	data, ok := target(stream.Context(), s.self).readable(in.GetPath())
	if !ok {
		return status.Errorf(codes.NotFound, "stat %s: no such file or directory", in.GetPath())
	}
	return stream.Send(&common.Data{Bytes: data})
}

func (s *machineService) Reboot(ctx context.Context, _ *machineapi.RebootRequest) (*machineapi.RebootResponse, error) {
	m := target(ctx, s.self)
	if !m.snapshot().up() {
		return nil, status.Error(codes.FailedPrecondition, "reboot is not available yet")
	}
	actor := actorID()
	m.events.add(actor, &machineapi.SequenceEvent{Sequence: "reboot", Action: machineapi.SequenceEvent_START})
	m.send(commandReboot)
	return &machineapi.RebootResponse{Messages: []*machineapi.Reboot{{ActorId: actor}}}, nil
}

func (s *machineService) Shutdown(ctx context.Context, _ *machineapi.ShutdownRequest) (*machineapi.ShutdownResponse, error) {
	m := target(ctx, s.self)
	if err := m.Power(false); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &machineapi.ShutdownResponse{Messages: []*machineapi.Shutdown{{ActorId: actorID()}}}, nil
}
