package talos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func newResources() state.State { return state.WrapCore(namespaced.NewState(inmem.Build)) }

// machineID is a stable number of a machine, for serials and derived names.
func machineID(name string) string {
	sum := sha256.Sum256([]byte("firmament machine " + name))
	return hex.EncodeToString(sum[:])
}

// put creates or replaces a resource.
func put[T resource.Resource](m *Machine, r T) {
	ctx := context.Background()
	current, err := m.resources.Get(ctx, r.Metadata())
	if state.IsNotFoundError(err) {
		err = m.resources.Create(ctx, r)
	} else if err == nil {
		r.Metadata().SetVersion(current.Metadata().Version())
		err = m.resources.Update(ctx, r)
	}
	if err != nil {
		m.log.Warn("resource is not published", "resource", r.Metadata().String(), "error", err)
	}
}

func (m *Machine) remove(pointer resource.Pointer) {
	if err := m.resources.Destroy(context.Background(), pointer); err != nil && !state.IsNotFoundError(err) {
		m.log.Warn("resource stays", "resource", pointer.ID(), "error", err)
	}
}

// stages as Talos calls them; a machine that is off has no API.
var talosStages = map[Stage]runtime.MachineStage{
	StageMaintenance: runtime.MachineStageMaintenance,
	StageInstalling:  runtime.MachineStageInstalling,
	StageRebooting:   runtime.MachineStageRebooting,
	StageBooting:     runtime.MachineStageBooting,
	StageRunning:     runtime.MachineStageRunning,
	StageUpgrading:   runtime.MachineStageUpgrading,
	StageResetting:   runtime.MachineStageResetting,
}

// publishStage shows the stage as resources and as an event.
func (m *Machine) publishStage(stage Stage) {
	known, ok := talosStages[stage]
	if !ok {
		return
	}
	var unmet []runtime.UnmetCondition
	s := m.snapshot()
	if stage == StageBooting || stage == StageRunning {
		unmet = m.unmet(s)
	}
	m.mu.Lock()
	m.ready = fmt.Sprintf("%s %v", stage, unmet)
	m.mu.Unlock()
	m.publishStatus(known, unmet)

	m.publishVolumes(stage)
}

// publishVolumes shows the system disk and the partitions on it. META is made by the installer, the others by the boot.
func (m *Machine) publishVolumes(stage Stage) {
	ids := []string{"META", "STATE", "EPHEMERAL"}
	which := block.NewSystemDisk(block.NamespaceName, block.SystemDiskID)
	disk, installed := m.systemDisk(m.snapshot())
	if !installed {
		m.remove(which.Metadata())
	} else {
		which.TypedSpec().DiskID, which.TypedSpec().DevPath = disk.Name, "/dev/"+disk.Name
		put(m, which)
	}
	if stage == StageMaintenance {
		for _, id := range ids {
			m.remove(block.NewVolumeStatus(block.NamespaceName, id).Metadata())
		}
	}
	if stage != StageBooting && stage != StageRunning {
		return
	}
	partition := "/dev/" + disk.Name
	if disk.Transport == "nvme" || disk.Transport == "mmc" {
		partition += "p"
	}
	for i, size := range []uint64{1 << 20, 100 << 20, ephemeral(disk)} {
		v := block.NewVolumeStatus(block.NamespaceName, ids[i])
		v.TypedSpec().Phase, v.TypedSpec().Type = block.VolumePhaseReady, block.VolumeTypePartition
		v.TypedSpec().ParentLocation, v.TypedSpec().Location = "/dev/"+disk.Name, fmt.Sprintf("%s%d", partition, i+3)
		v.TypedSpec().SetSize(size)
		put(m, v)
	}
}

// ephemeral is what the other partitions leave.
func ephemeral(disk Disk) uint64 { return disk.Size - min(disk.Size, 4*gib) }

// publishReadiness shows what a machine that boots or runs lacks, when that changed.
func (m *Machine) publishReadiness() {
	s := m.snapshot()
	unmet := m.unmet(s)
	text := fmt.Sprintf("%s %v", s.stage, unmet)
	m.mu.Lock()
	news := m.ready != text
	m.ready = text
	m.mu.Unlock()
	if known, ok := talosStages[s.stage]; ok && news {
		m.publishStatus(known, unmet)
	}
}

func (m *Machine) publishStatus(stage runtime.MachineStage, unmet []runtime.UnmetCondition) {
	// A machine that boots has not looked yet.
	ready := len(unmet) == 0 && stage != runtime.MachineStageBooting
	r := runtime.NewMachineStatus()
	r.TypedSpec().Stage, r.TypedSpec().Status.Ready, r.TypedSpec().Status.UnmetConditions = stage, ready, unmet
	put(m, r)
	event := &machineapi.MachineStatusEvent{
		Stage:  machineapi.MachineStatusEvent_MachineStage(machineapi.MachineStatusEvent_MachineStage_value[eventStage(stage)]),
		Status: &machineapi.MachineStatusEvent_MachineStatus{Ready: ready},
	}
	for _, condition := range unmet {
		event.Status.UnmetConditions = append(event.Status.UnmetConditions,
			&machineapi.MachineStatusEvent_MachineStatus_UnmetCondition{Name: condition.Name, Reason: condition.Reason})
	}
	m.events.add("", event)
}

func eventStage(stage runtime.MachineStage) string {
	switch stage {
	case runtime.MachineStageInstalling:
		return "INSTALLING"
	case runtime.MachineStageMaintenance:
		return "MAINTENANCE"
	case runtime.MachineStageRunning:
		return "RUNNING"
	case runtime.MachineStageRebooting:
		return "REBOOTING"
	case runtime.MachineStageResetting:
		return "RESETTING"
	case runtime.MachineStageUpgrading:
		return "UPGRADING"
	default:
		return "BOOTING"
	}
}

// publishConfig shows the configuration and what follows from it.
func (m *Machine) publishConfig() {
	s := m.snapshot()
	if s.config == nil {
		for _, id := range []string{config.ActiveID, config.PersistentID} {
			m.remove(config.NewMachineConfigWithID(nil, id).Metadata())
		}
		return
	}
	put(m, config.NewMachineConfig(s.config))
	m.publishPersistent()
	hostname := k8s.NewNodename(k8s.NamespaceName, k8s.NodenameID)
	hostname.TypedSpec().Nodename = m.hostname(s)
	put(m, hostname)
	if s.isControlPlane() {
		manifests := k8s.NewBootstrapManifestsConfig()
		if m.profile(s).namesCNI() {
			manifests.TypedSpec().CNIName = s.config.Cluster().Network().CNI().Name()
		}
		put(m, manifests)
	}
}

// publishPersistent shows the configuration that the next boot takes: ahead of the active one while a change is staged,
// behind it during a trial.
func (m *Machine) publishPersistent() {
	for _, file := range []string{m.stagedFile(), m.configFile()} {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		provider, err := configloader.NewFromBytes(data)
		if err != nil {
			m.log.Warn("configuration is not published", "file", file, "error", err)
			return
		}
		put(m, config.NewMachineConfigWithID(provider, config.PersistentID))
		return
	}
}

// publishMember shows the machine's own member of etcd.
func (m *Machine) publishMember(s snapshot) {
	r := etcd.NewMember(etcd.NamespaceName, etcd.LocalMemberID)
	if s.kept.Member == 0 {
		m.remove(r.Metadata())
		return
	}
	r.TypedSpec().MemberID = etcd.FormatMemberID(s.kept.Member)
	put(m, r)
}

// routedState serves the resources of the machine a call is for.
type routedState struct{ self *Machine }

var _ state.CoreState = routedState{}

func (r routedState) of(ctx context.Context, kind resource.Type) (state.State, error) {
	// The configuration carries the keys of the cluster.
	if kind == config.MachineConfigType && !rolesOf(ctx).Includes(role.Admin) {
		return nil, errNotAuthorized
	}
	return target(ctx, r.self).resources, nil
}

func (r routedState) Get(ctx context.Context, p resource.Pointer, o ...state.GetOption) (resource.Resource, error) {
	st, err := r.of(ctx, p.Type())
	if err != nil {
		return nil, err
	}
	return st.Get(ctx, p, o...)
}

func (r routedState) List(ctx context.Context, k resource.Kind, o ...state.ListOption) (resource.List, error) {
	st, err := r.of(ctx, k.Type())
	if err != nil {
		return resource.List{}, err
	}
	return st.List(ctx, k, o...)
}

func (r routedState) Watch(ctx context.Context, p resource.Pointer, c chan<- state.Event, o ...state.WatchOption) error {
	st, err := r.of(ctx, p.Type())
	if err != nil {
		return err
	}
	return st.Watch(ctx, p, c, o...)
}

func (r routedState) WatchKind(ctx context.Context, k resource.Kind, c chan<- state.Event, o ...state.WatchKindOption) error {
	st, err := r.of(ctx, k.Type())
	if err != nil {
		return err
	}
	return st.WatchKind(ctx, k, c, o...)
}

func (r routedState) WatchKindAggregated(ctx context.Context, k resource.Kind, c chan<- []state.Event, o ...state.WatchKindOption) error {
	st, err := r.of(ctx, k.Type())
	if err != nil {
		return err
	}
	return st.WatchKindAggregated(ctx, k, c, o...)
}

var errReadOnly = status.Error(codes.PermissionDenied, "not authorized")

func (routedState) Create(context.Context, resource.Resource, ...state.CreateOption) error {
	return errReadOnly
}
func (routedState) Update(context.Context, resource.Resource, ...state.UpdateOption) error {
	return errReadOnly
}
func (routedState) Destroy(context.Context, resource.Pointer, ...state.DestroyOption) error {
	return errReadOnly
}
