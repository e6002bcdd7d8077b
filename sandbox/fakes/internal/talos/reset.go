package talos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Reset is answered before anything happens. What a graceful one does then — drain, leave etcd — shows in events alone;
// when etcd does not let the machine go it restarts as it was.
func (s *machineService) Reset(ctx context.Context, in *machineapi.ResetRequest) (*machineapi.ResetResponse, error) {
	m := target(ctx, s.self)
	if !m.snapshot().up() {
		return nil, status.Error(codes.FailedPrecondition, "reset is not available yet")
	}
	if err := m.resettable(ctx, in); err != nil {
		return nil, err
	}
	plan := &resetPlan{Reboot: in.GetReboot(), Graceful: in.GetGraceful(), Actor: actorID()}
	if in.GetMode() != machineapi.ResetRequest_USER_DISKS {
		partitions := in.GetSystemPartitionsToWipe()
		plan.System = len(partitions) == 0
		plan.State, plan.Ephemeral = plan.System, plan.System
		for _, partition := range partitions {
			plan.State = plan.State || partition.GetWipe() && partition.GetLabel() == "STATE"
			plan.Ephemeral = plan.Ephemeral || partition.GetWipe() && partition.GetLabel() == "EPHEMERAL"
		}
	}
	if err := m.update(func(k *keptState) { k.Reset = plan }); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	m.send(commandReset)
	return &machineapi.ResetResponse{Messages: []*machineapi.Reset{{ActorId: plan.Actor}}}, nil
}

// resettable checks the disks and partitions that are named, with the errors of Talos: their code is Unknown.
func (m *Machine) resettable(ctx context.Context, in *machineapi.ResetRequest) error {
	system, _ := m.systemDisk(m.snapshot())
	if len(in.GetUserDisksToWipe()) > 0 {
		if in.GetMode() == machineapi.ResetRequest_SYSTEM_DISK {
			return errors.New("reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter")
		}
		disks, err := safe.StateListAll[*block.Disk](ctx, m.resources)
		if err != nil {
			return fmt.Errorf("listing disks failed: %w", err)
		}
		for _, device := range in.GetUserDisksToWipe() {
			disk, found := disks.Find(func(d *block.Disk) bool { return d.TypedSpec().DevPath == device })
			switch {
			case !found:
				return fmt.Errorf("reset user disk failed: device %s wasn't found", device)
			case disk.TypedSpec().Readonly:
				return fmt.Errorf("reset user disk failed: device %s is readonly", device)
			case device == "/dev/"+system.Name:
				return fmt.Errorf("reset user disk failed: device %s is the system disk", device)
			}
		}
	}
	if len(in.GetSystemPartitionsToWipe()) > 0 && in.GetMode() == machineapi.ResetRequest_USER_DISKS {
		return errors.New("reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter")
	}
	for _, partition := range in.GetSystemPartitionsToWipe() {
		if _, err := safe.ReaderGetByID[*block.VolumeStatus](ctx, m.resources, partition.GetLabel()); err != nil {
			return fmt.Errorf("failed to get volume status with label %q: %w", partition.GetLabel(), err)
		}
	}
	return nil
}

func (m *Machine) resetting(ctx context.Context) step {
	plan := m.snapshot().kept.Reset
	if plan == nil {
		return m.first()
	}
	m.enter(StageResetting)
	m.events.add(plan.Actor, &machineapi.SequenceEvent{Sequence: "reset", Action: machineapi.SequenceEvent_START})
	if plan.Graceful {
		if err := m.drain(ctx); err != nil {
			m.log.Warn("drain before the reset", "error", err) // Talos goes on
		}
		if s := m.snapshot(); s.isControlPlane() && m.etcdService(s).running() {
			if err := m.leaveEtcd(ctx); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return m.resetFailed(plan, fmt.Errorf("error running phase 4 in reset sequence: task 1/1: failed, %w", err))
			}
		}
	}
	for m.troubled(resetHangs) {
		if !sleep(ctx, 100*time.Millisecond) {
			return nil
		}
	}
	m.stopServices(plan.Actor, "stopAllServices")
	if !sleep(ctx, m.fleet.opts.InstallDelay) {
		return nil
	}
	m.stopServing()
	if plan.State {
		if err := m.dropConfig(); err != nil {
			m.log.Error("configuration stays", "error", err)
		}
	}
	if err := m.update(func(k *keptState) {
		k.Reset, k.Off = nil, !plan.Reboot
		if plan.Ephemeral {
			k.Member = 0
		}
		if plan.System {
			k.Installed, k.Image, k.Previous, k.Staged = false, "", "", ""
		}
	}); err != nil {
		m.log.Error("state is not kept", "error", err)
	}
	if plan.Ephemeral {
		if err := os.Remove(m.snapshotFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			m.log.Error("snapshot stays", "error", err)
		}
	}
	m.publishMember(m.snapshot())
	if plan.Reboot {
		return m.rebooting
	}
	return m.off
}

func (m *Machine) resetFailed(plan *resetPlan, err error) step {
	if err := m.update(func(k *keptState) { k.Reset = nil }); err != nil {
		m.log.Error("state is not kept", "error", err)
	}
	return m.fatal(plan.Actor, "reset", err)
}

// dropConfig forgets the configuration, as wiping STATE does.
func (m *Machine) dropConfig() error {
	var errs []error
	for _, file := range []string{m.stagedFile(), m.configFile()} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	m.mu.Lock()
	if m.try != nil {
		m.try.timer.Stop()
	}
	m.config, m.try = nil, nil
	m.mu.Unlock()
	m.publishConfig()
	return errors.Join(errs...)
}
