package talos

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/google/uuid"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
)

// step is one stage of a machine's life; it returns the next one, or nothing when the daemon stops.
type step func(context.Context) step

// run lives a machine's life from where it was kept.
func (m *Machine) run(ctx context.Context) {
	defer m.stopServing()
	for next := m.first(); next != nil && ctx.Err() == nil; {
		next = next(ctx)
	}
}

func (m *Machine) first() step {
	switch s := m.snapshot(); {
	case s.kept.Reset != nil:
		return m.resetting
	case s.kept.Off:
		return m.off
	case s.config == nil:
		return m.maintenance
	case !s.kept.Installed:
		return m.installing
	default:
		return m.booting
	}
}

func (m *Machine) enter(stage Stage) {
	m.mu.Lock()
	m.stage = stage
	m.mu.Unlock()
	m.log.Info("stage", "stage", stage)
	m.publishStage(stage)
	m.fleet.notify()
}

func (m *Machine) off(ctx context.Context) step {
	m.stopServing()
	m.enter(StageOff)
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-m.commands:
			if c == commandPowerOn {
				return m.rebooting
			}
		}
	}
}

func (m *Machine) maintenance(ctx context.Context) step {
	m.enter(StageMaintenance)
	if !m.serve(ctx, m.maintenanceTLS) {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-m.commands:
			switch c {
			case commandConfigured:
				return m.installing
			case commandPowerOff:
				return m.off
			default:
			}
		}
	}
}

func (m *Machine) installing(ctx context.Context) step {
	// From here on a client certificate is required.
	m.stopServing()
	m.enter(StageInstalling)
	if !m.serveWhenTrusted(ctx) {
		return m.interrupted(ctx)
	}
	if !sleep(ctx, m.fleet.opts.InstallDelay) {
		return nil
	}
	if err := m.update(func(k *keptState) { k.Installed = true }); err != nil {
		m.log.Error("state is not kept", "error", err)
	}
	return m.rebooting
}

// rebooting is the first start from the disk; a machine that ran takes longer, since it stops what it runs.
func (m *Machine) rebooting(ctx context.Context) step { return m.away(ctx, m.fleet.opts.RebootDelay) }

func (m *Machine) restarting(ctx context.Context) step { return m.away(ctx, m.fleet.opts.RestartDelay) }

func (m *Machine) away(ctx context.Context, delay time.Duration) step {
	m.stopServing()
	m.forgetStaticPods()
	m.enter(StageRebooting)
	if err := m.takeStaged(); err != nil {
		m.log.Error("staged configuration", "error", err)
	}
	if err := m.update(func(k *keptState) { k.BootID = uuid.NewString() }); err != nil {
		m.log.Error("state is not kept", "error", err)
	}
	m.drainCommands()
	m.events.clear()
	if !sleep(ctx, delay) {
		return nil
	}
	if m.snapshot().config == nil {
		return m.maintenance
	}
	return m.booting
}

func (m *Machine) booting(ctx context.Context) step {
	m.enter(StageBooting)
	m.publishConfig()
	if !m.serveWhenTrusted(ctx) {
		return m.interrupted(ctx)
	}
	for {
		changed := m.fleet.changed()
		if m.services() {
			return m.running
		}
		if next, ok := m.follow(ctx, changed, time.Second); !ok {
			return next
		}
	}
}

func (m *Machine) running(ctx context.Context) step {
	m.enter(StageRunning)
	for {
		if next, ok := m.follow(ctx, nil, time.Hour); !ok {
			return next
		}
	}
}

// services reports whether everything that makes a machine RUNNING runs. A control plane without etcd data joins the
// etcd of its cluster as soon as there is one.
func (m *Machine) services() bool {
	s := m.snapshot()
	if !s.isControlPlane() {
		return true
	}
	if !s.kept.Etcd {
		if !m.fleet.hasEtcd(s.config) {
			return false
		}
		if err := m.update(func(k *keptState) { k.Etcd = true }); err != nil {
			m.log.Error("state is not kept", "error", err)
			return false
		}
	}
	return m.fleet.etcdUp(s.config)
}

// follow waits for a command, a change or a while; ok is false when the stage ends.
func (m *Machine) follow(ctx context.Context, changed <-chan struct{}, while time.Duration) (next step, ok bool) {
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, false
	case <-changed:
		return nil, true
	case <-timer.C:
		return nil, true
	case c := <-m.commands:
		switch c {
		case commandReboot:
			return m.restarting, false
		case commandReset:
			return m.resetting, false
		case commandPowerOff:
			return m.off, false
		default:
			return nil, true
		}
	}
}

// interrupted leaves a stage in which the machine could not come up: it was switched off or the daemon stops.
func (m *Machine) interrupted(ctx context.Context) step {
	if ctx.Err() != nil {
		return nil
	}
	return m.first()
}

func (m *Machine) resetting(ctx context.Context) step {
	plan := m.snapshot().kept.Reset
	if plan == nil {
		return m.first()
	}
	m.enter(StageResetting)
	m.events.add(plan.Actor, &machineapi.SequenceEvent{Sequence: "reset", Action: machineapi.SequenceEvent_START})
	for _, action := range []machineapi.TaskEvent_Action{machineapi.TaskEvent_START, machineapi.TaskEvent_STOP} {
		m.events.add(plan.Actor, &machineapi.TaskEvent{Task: "stopAllServices", Action: action})
	}
	if !sleep(ctx, m.fleet.opts.InstallDelay) {
		return nil
	}
	m.stopServing()
	if plan.State {
		for _, file := range []string{m.stagedFile(), m.configFile()} {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				m.log.Error("configuration stays", "error", err)
			}
		}
	}
	m.mu.Lock()
	if plan.State {
		m.config, m.try = nil, nil
	}
	m.mu.Unlock()
	if err := m.update(func(k *keptState) {
		k.Reset, k.Off = nil, !plan.Reboot
		k.Etcd = k.Etcd && !plan.Ephemeral
		k.Installed = k.Installed && !plan.State
	}); err != nil {
		m.log.Error("state is not kept", "error", err)
	}
	if plan.Reboot {
		return m.rebooting
	}
	return m.off
}

func (m *Machine) drainCommands() {
	for {
		select {
		case <-m.commands:
		default:
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
