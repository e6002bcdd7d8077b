package talos

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
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
	case s.kept.Staged != "":
		return m.installStaged
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
	return m.waitForPower(ctx)
}

func (m *Machine) waitForPower(ctx context.Context) step {
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
				if m.snapshot().kept.Installed {
					// What is on the disk stays: install.image of the configuration has no effect here.
					m.stopServing()
					return m.booting
				}
				return m.installing
			case commandPowerOff:
				return m.off
			case commandReboot:
				return m.restarting
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
	s := m.snapshot()
	image := s.config.Machine().Install().Image()
	if image == "" {
		image = defaultInstaller(m.version(s))
	}
	disk, err := m.installDisk(ctx, s.config)
	if err == nil {
		err = m.install(disk, image)
	}
	if err != nil {
		return m.installFailed(err)
	}
	return m.rebooting
}

// rebooting is the first start from the disk; a machine that ran takes longer, since it stops what it runs.
func (m *Machine) rebooting(ctx context.Context) step { return m.away(ctx, m.fleet.opts.RebootDelay) }

func (m *Machine) restarting(ctx context.Context) step { return m.away(ctx, m.restartDelay()) }

func (m *Machine) away(ctx context.Context, delay time.Duration) step {
	m.stopServing()
	m.forgetStaticPods()
	m.enter(StageRebooting)
	if err := m.takeStaged(); err != nil {
		m.log.Error("staged configuration", "error", err)
	}
	if err := m.update(func(k *keptState) {
		if !m.troubled(sameBoot) {
			k.BootID = uuid.NewString()
		}
		k.Booted = ""
		if k.Installed {
			k.Booted = k.Image
		}
	}); err != nil {
		m.log.Error("state is not kept", "error", err)
	}
	m.drainCommands()
	m.events.clear()
	m.images.clear()
	m.unloadModules()
	m.failEtcd(nil)
	m.console.clear()
	m.refusedNode("")
	if !sleep(ctx, delay) {
		return nil
	}
	m.publishSoftware()
	switch s := m.snapshot(); {
	case !m.starts(m.booted(s)):
		return m.refusedByFirmware
	case s.config == nil:
		return m.maintenance
	case s.kept.Staged != "":
		return m.installStaged
	default:
		return m.booting
	}
}

// refusedByFirmware is a machine whose firmware does not start what is on its disk.
func (m *Machine) refusedByFirmware(ctx context.Context) step {
	m.enter(StageOff)
	m.log.Error("firmware: Security Violation: the image is not signed", "image", m.booted(m.snapshot()).Ref)
	return m.waitForPower(ctx)
}

func (m *Machine) booting(ctx context.Context) step {
	m.mu.Lock()
	m.stopped, m.etcdStopped = false, false
	m.mu.Unlock()
	m.enter(StageBooting)
	m.publishConfig()
	m.loadModules()
	if !m.serveWhenTrusted(ctx) {
		return m.interrupted(ctx)
	}
	until := time.Now().Add(m.fleet.opts.BootTimeout)
	for {
		changed := m.fleet.changed()
		if m.services() {
			return m.running
		}
		m.publishReadiness()
		if time.Now().After(until) {
			return m.fatal("", "boot", errors.New("error running phase 9 in boot sequence: task 1/1: failed, context deadline exceeded"))
		}
		if next, ok := m.follow(ctx, changed, min(time.Second, max(time.Until(until), time.Millisecond))); !ok {
			return next
		}
	}
}

func (m *Machine) running(ctx context.Context) step {
	m.enter(StageRunning)
	for {
		changed := m.fleet.changed()
		m.publishReadiness()
		if next, ok := m.follow(ctx, changed, 3*time.Second); !ok {
			return next
		}
	}
}

// services reports whether everything that makes a machine RUNNING runs. A control plane without etcd data joins the
// etcd of its cluster as soon as there is one that takes it.
func (m *Machine) services() bool {
	s := m.snapshot()
	if !s.isControlPlane() {
		return m.allRun(s)
	}
	if s.kept.Member == 0 {
		if err := m.fleet.etcd.join(m, s); err != nil {
			m.log.Debug("etcd does not take the machine", "error", err)
			return false
		}
		m.mu.Lock()
		m.joined = time.Now()
		m.mu.Unlock()
		s = m.snapshot()
	}
	m.publishMember(s)
	member, known := m.fleet.etcd.view(s.config).member(s.kept.Member)
	if !known {
		return false // it was removed: its etcd does not start with this data
	}
	if member.Learner {
		m.mu.Lock()
		due := m.joined.Add(m.fleet.opts.PromoteDelay)
		m.mu.Unlock()
		if time.Now().Before(due) {
			time.AfterFunc(time.Until(due), m.fleet.notify)
		} else if err := m.fleet.etcd.promote(m, s); err != nil {
			m.log.Debug("etcd does not promote the machine", "error", err)
		}
		return false
	}
	return m.fleet.etcdUp(s.config) && m.allRun(s)
}

func (m *Machine) allRun(s snapshot) bool {
	return !slices.ContainsFunc(m.serviceList(s), func(o service) bool { return !o.running() })
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
		case commandUpgrade:
			return m.upgrading, false
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
