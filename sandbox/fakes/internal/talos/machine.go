package talos

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cosi-project/runtime/pkg/state"
	"github.com/google/uuid"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// Stage is what a machine is doing.
type Stage string

// Stages of a machine.
const (
	StageOff         Stage = "off"
	StageMaintenance Stage = "maintenance"
	StageInstalling  Stage = "installing"
	StageRebooting   Stage = "rebooting"
	StageBooting     Stage = "booting"
	StageRunning     Stage = "running"
	StageUpgrading   Stage = "upgrading"
	StageResetting   Stage = "resetting"
)

// Machine is one simulated machine.
type Machine struct {
	// Name in the sandbox; the hostname comes from the configuration.
	Name string
	// Address is the machine's loopback address, Port that of its API.
	Address string
	Port    int

	fleet    *Fleet
	dir      string
	log      *slog.Logger
	hardware Hardware

	resources state.State
	events    *eventLog
	calls     callLog
	faults    faultList
	troubles  troubles
	commands  chan command
	layers    int // extensions that are published
	installs  sync.Mutex
	applying  sync.Mutex
	images    imageStore
	console   kernelLog

	mu          sync.Mutex
	stage       Stage
	stopped     bool            // its services are, in a stage that ends with a restart
	etcdStopped bool            // somebody let it leave etcd; it joins again with the next boot
	joined      time.Time       // when it joined etcd
	config      config.Provider // nil without configuration
	kept        keptState
	upgrade     *upgradePlan
	modules     []string
	etcdFault   string // why etcd did not start
	ready       string // the status that was published
	refusal     string // why the API server did not take labels and taints
	try         *tryMode
	server      *apiServer
	static      staticImages
}

// keptState is what outlives the daemon, besides the configuration.
type keptState struct {
	BootID string `json:"bootID"`
	// Installed is set while Talos is on the disk: Image is, and Previous can be gone back to. Booted is what runs,
	// empty for the boot medium.
	Installed bool   `json:"installed"`
	Disk      string `json:"disk,omitempty"`
	Image     string `json:"image,omitempty"`
	Previous  string `json:"previous,omitempty"`
	Booted    string `json:"booted,omitempty"`
	// Staged is installed by the next boot, which restarts once more.
	Staged string `json:"staged,omitempty"`
	// Member of etcd whose data the machine has, whether or not the others still know it.
	Member uint64     `json:"member,omitempty"`
	Off    bool       `json:"off"`
	Reset  *resetPlan `json:"reset,omitempty"` // begun and not finished
}

// resetPlan is what a Reset wipes.
type resetPlan struct {
	State     bool `json:"state"`
	Ephemeral bool `json:"ephemeral"`
	// System is the whole system disk: Talos is gone from it.
	System   bool   `json:"system"`
	Graceful bool   `json:"graceful"`
	Reboot   bool   `json:"reboot"`
	Actor    string `json:"actor"`
}

// upgradePlan is a legacy Upgrade that was accepted.
type upgradePlan struct {
	image string
	stage bool
	actor string
}

// command moves a machine on from a stage in which it waits.
type command int

const (
	commandConfigured command = iota
	commandReboot
	commandReset
	commandUpgrade
	commandPowerOn
	commandPowerOff
)

func newMachine(fleet *Fleet, name, address string, port int, dir string) (*Machine, error) {
	m := &Machine{
		Name: name, Address: address, Port: port, fleet: fleet, dir: dir, log: fleet.opts.Log.With("machine", name),
		hardware:  fleet.opts.Hardware[name].complete(name),
		resources: newResources(), events: newEventLog(), commands: make(chan command, 8), stage: StageOff,
	}
	if err := m.load(); err != nil {
		return nil, fmt.Errorf("machine %s: %w", name, err)
	}
	if err := m.describeHardware(); err != nil {
		return nil, err
	}
	m.publishSoftware()
	return m, publishClock(m)
}

func (m *Machine) configFile() string { return filepath.Join(m.dir, "config.yaml") }
func (m *Machine) stagedFile() string { return filepath.Join(m.dir, "staged.yaml") }
func (m *Machine) stateFile() string  { return filepath.Join(m.dir, "state.json") }

// load reads what was kept.
func (m *Machine) load() error {
	data, err := os.ReadFile(m.stateFile())
	if err == nil {
		err = json.Unmarshal(data, &m.kept)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if m.kept.BootID == "" {
		m.kept.BootID = uuid.NewString()
	}
	return m.loadConfig()
}

func (m *Machine) loadConfig() error {
	data, err := os.ReadFile(m.configFile())
	if errors.Is(err, fs.ErrNotExist) {
		m.config = nil
		return nil
	}
	if err != nil {
		return err
	}
	m.config, err = configloader.NewFromBytes(data)
	return err
}

// update changes what is kept and writes it down before anybody sees it.
func (m *Machine) update(change func(*keptState)) error {
	m.mu.Lock()
	next := m.kept
	change(&next)
	data, err := json.MarshalIndent(next, "", "  ")
	if err == nil {
		err = atomicfile.Write(m.stateFile(), data, 0o600)
	}
	if err == nil {
		m.kept = next
	}
	m.mu.Unlock()
	m.fleet.notify()
	if err != nil {
		return fmt.Errorf("machine %s: %w", m.Name, err)
	}
	return nil
}

// Stage returns what the machine is doing.
func (m *Machine) Stage() Stage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stage
}

// Endpoint is host:port of the machine's API.
func (m *Machine) Endpoint() string { return fmt.Sprintf("%s:%d", m.Address, m.Port) }

// snapshot is a consistent view of a machine.
type snapshot struct {
	stage       Stage
	stopped     bool
	etcdStopped bool
	config      config.Provider
	kept        keptState
}

func (m *Machine) snapshot() snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return snapshot{m.stage, m.stopped, m.etcdStopped, m.config, m.kept}
}

// up reports whether the machine booted its configuration and its services are not stopped again.
func (s snapshot) up() bool {
	if s.config == nil || s.stopped {
		return false
	}
	switch s.stage {
	case StageBooting, StageRunning, StageUpgrading, StageResetting:
		return true
	default:
		return false
	}
}

func (s snapshot) isControlPlane() bool {
	return s.config != nil && s.config.Machine().Type().IsControlPlane()
}

// hostname is the configured name, or one derived from the machine as Talos derives it from its hardware.
func (m *Machine) hostname(s snapshot) string {
	if s.config != nil {
		if c := s.config.NetworkHostnameConfig(); c != nil && c.Hostname() != "" {
			return c.Hostname()
		}
		if c := s.config.RawV1Alpha1(); c != nil && c.MachineConfig != nil && c.MachineConfig.MachineNetwork != nil &&
			c.MachineConfig.MachineNetwork.NetworkHostname != "" {
			return c.MachineConfig.MachineNetwork.NetworkHostname
		}
	}
	id := machineID(m.Name)
	return "talos-" + id[:3] + "-" + id[3:6]
}

func (m *Machine) send(c command) {
	select {
	case m.commands <- c:
	default: // the machine is about to leave its stage anyway
	}
}

// Power switches a machine on or off, as its button would.
func (m *Machine) Power(on bool) error {
	if err := m.update(func(k *keptState) { k.Off = !on }); err != nil {
		return err
	}
	if on {
		m.send(commandPowerOn)
	} else {
		m.send(commandPowerOff)
	}
	return nil
}

func actorID() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%x", b)
}

// Hostname is the configured name of the machine, or what it calls itself without one.
func (m *Machine) Hostname() string { return m.hostname(m.snapshot()) }
