package talos

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// keyedLocks are held by whom first comes.
type keyedLocks struct {
	mu   sync.Mutex
	held map[string]bool
}

func (l *keyedLocks) try(key string) (unlock func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[key] {
		return nil, false
	}
	if l.held == nil {
		l.held = map[string]bool{}
	}
	l.held[key] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, key)
	}, true
}

// Upgrade is how machines are upgraded before Talos 1.13, and still can be: it answers after the checks, and the machine
// then drains itself, installs and restarts. Most refusals have the code Unknown, as in Talos.
func (s *machineService) Upgrade(ctx context.Context, in *machineapi.UpgradeRequest) (*machineapi.UpgradeResponse, error) {
	m := target(ctx, s.self)
	snap := m.snapshot()
	if !snap.kept.Installed {
		return nil, status.Error(codes.FailedPrecondition, "Talos is not installed")
	}
	if _, err := parseInstaller(in.GetImage()); err != nil {
		return nil, fmt.Errorf("error validating installer image %q: %w", in.GetImage(), err)
	}
	if snap.isControlPlane() && !in.GetForce() {
		if err := m.etcdAllowsUpgrade(snap); err != nil {
			return nil, err
		}
	}
	plan := &upgradePlan{image: in.GetImage(), stage: in.GetStage(), actor: actorID()}
	m.mu.Lock()
	busy := m.upgrade != nil
	if !busy {
		m.upgrade = plan
	}
	m.mu.Unlock()
	if busy {
		// The call is answered; that nothing comes of it shows in the events alone.
		m.events.add(plan.actor, &machineapi.SequenceEvent{
			Sequence: "upgrade", Action: machineapi.SequenceEvent_NOOP,
			Error: &common.Error{Code: common.Code_LOCKED, Message: "sequence not started: locked"},
		})
	} else {
		m.send(commandUpgrade)
	}
	return &machineapi.UpgradeResponse{Messages: []*machineapi.Upgrade{{Ack: "Upgrade request received", ActorId: plan.actor}}}, nil
}

// etcdAllowsUpgrade are the checks before a control plane upgrades; a mutex in etcd admits one of them at a time.
func (m *Machine) etcdAllowsUpgrade(s snapshot) error {
	view, err := m.etcdOfControlPlanes(s)
	if err != nil {
		return fmt.Errorf("failed to acquire upgrade mutex: error establishing etcd concurrency session: %w", err)
	}
	unlock, ok := m.fleet.upgrades.try(clusterKey(s.config))
	if !ok {
		return errors.New("failed to acquire upgrade mutex: error trying to lock etcd upgrade mutex: mutex: Locked by another session")
	}
	defer unlock()
	if len(view.members) == 2 {
		return errors.New("error validating etcd for upgrade: etcd member count(2) is insufficient to maintain quorum if upgrade commences")
	}
	for _, member := range view.members {
		if !view.active[member.ID] {
			return fmt.Errorf("error validating etcd for upgrade: etcd member %016x is not healthy; all members must be healthy to perform an upgrade: %w",
				member.ID, context.DeadlineExceeded)
		}
	}
	return nil
}

// upgrading is the sequence that a legacy Upgrade starts.
func (m *Machine) upgrading(ctx context.Context) step {
	m.mu.Lock()
	plan := m.upgrade
	m.mu.Unlock()
	if plan == nil {
		return m.booting
	}
	defer func() {
		m.mu.Lock()
		m.upgrade = nil
		m.mu.Unlock()
	}()
	if plan.stage {
		if err := m.update(func(k *keptState) { k.Staged = plan.image }); err != nil {
			return m.fatal(plan.actor, "stageUpgrade", err)
		}
		m.events.add(plan.actor, &machineapi.SequenceEvent{Sequence: "stageUpgrade", Action: machineapi.SequenceEvent_START})
		return m.restarting
	}
	m.enter(StageUpgrading)
	m.events.add(plan.actor, &machineapi.SequenceEvent{Sequence: "upgrade", Action: machineapi.SequenceEvent_START})
	if err := m.drain(ctx); err != nil {
		return m.fatal(plan.actor, "upgrade", fmt.Errorf("error running phase 1 in upgrade sequence: task 1/1: failed, %w", err))
	}
	m.stopServices(plan.actor, "stopServicesForUpgrade")
	if !sleep(ctx, m.fleet.opts.InstallDelay) {
		return nil
	}
	if err := m.install(m.snapshot().kept.Disk, plan.image); err != nil {
		return m.fatal(plan.actor, "upgrade", fmt.Errorf("error running phase 9 in upgrade sequence: task 1/1: failed, %w", err))
	}
	m.events.add(plan.actor, &machineapi.RestartEvent{Cmd: 0x45584543})
	return m.restarting
}

// stopServices ends what runs on the machine; the API stays.
func (m *Machine) stopServices(actor, task string) {
	m.mu.Lock()
	m.stopped = true
	m.mu.Unlock()
	for _, action := range []machineapi.TaskEvent_Action{machineapi.TaskEvent_START, machineapi.TaskEvent_STOP} {
		m.events.add(actor, &machineapi.TaskEvent{Task: task, Action: action})
	}
	m.fleet.notify()
}

// fatal ends a sequence that failed: the machine restarts into what it was.
func (m *Machine) fatal(actor, sequence string, err error) step {
	m.log.Error("sequence failed: the machine restarts", "sequence", sequence, "error", err)
	m.events.add(actor, &machineapi.SequenceEvent{
		Sequence: sequence, Action: machineapi.SequenceEvent_NOOP,
		Error: &common.Error{Code: common.Code_FATAL, Message: "sequence failed: " + err.Error()},
	})
	return m.restarting
}

// install puts an image on the disk, which runs after the next restart. The installer asks for the version that runs.
func (m *Machine) install(disk, ref string) error {
	image, err := parseInstaller(ref)
	if err != nil {
		return err
	}
	if err := upgradeable(m.version(m.snapshot()), image.Tag); err != nil {
		return fmt.Errorf("pre-flight checks failed: %w", err)
	}
	return m.update(func(k *keptState) {
		if k.Installed {
			k.Previous = k.Image
		}
		k.Installed, k.Disk, k.Image, k.Staged = true, disk, ref, ""
	})
}

// installFailed is a first installation that came to nothing. The configuration was in memory only: the machine starts
// from its medium again, and waits for one.
func (m *Machine) installFailed(err error) step {
	next := m.fatal("", "install", fmt.Errorf("error running phase 2 in install sequence: task 1/1: failed, %w", err))
	if err := m.dropConfig(); err != nil {
		m.log.Error("configuration stays", "error", err)
	}
	return next
}

// installStaged installs what an Upgrade has left for this boot.
func (m *Machine) installStaged(ctx context.Context) step {
	m.enter(StageInstalling)
	if !sleep(ctx, m.fleet.opts.InstallDelay) {
		return nil
	}
	kept := m.snapshot().kept
	staged := kept.Staged
	if err := m.install(kept.Disk, staged); err != nil {
		m.log.Error("staged upgrade", "image", staged, "error", err)
		if err := m.update(func(k *keptState) { k.Staged = "" }); err != nil {
			m.log.Error("state is not kept", "error", err)
		}
	}
	return m.restarting
}

// Rollback goes back to the image before the last one, and restarts.
func (s *machineService) Rollback(ctx context.Context, _ *machineapi.RollbackRequest) (*machineapi.RollbackResponse, error) {
	m := target(ctx, s.self)
	if m.snapshot().kept.Previous == "" {
		return nil, errors.New("cannot rollback to \"\", label does not exist")
	}
	if err := m.update(func(k *keptState) { k.Image, k.Previous = k.Previous, k.Image }); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	m.send(commandReboot)
	return &machineapi.RollbackResponse{Messages: []*machineapi.Rollback{{}}}, nil
}
