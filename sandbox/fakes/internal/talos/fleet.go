package talos

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/gendata"
	"k8s.io/client-go/rest"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/ports"
)

// Cluster is what a hook learns of a control plane that came up.
type Cluster struct {
	// Name is clusterName of the machine configuration.
	Name string
	// REST is an administrator's access, KubeconfigFile the same as a file.
	REST           *rest.Config
	KubeconfigFile string
	Endpoint       string
}

// Options of a fleet.
type Options struct {
	StateDir string
	// Machines by name. Each keeps its address as long as the sandbox exists.
	Machines []string
	Ports    *ports.Allocator
	// ControlPlane is what control planes are made with. Without a supervisor in it Bootstrap starts none: etcd then
	// counts as running at once.
	ControlPlane controlplane.Deps
	// OnReady runs once a control plane serves, in its own goroutine, until its context ends. It runs again after the
	// control plane was started again.
	OnReady func(context.Context, Cluster) error
	// InstallDelay and RebootDelay are how long a new machine takes; default 200 ms.
	InstallDelay, RebootDelay time.Duration
	// RestartDelay is how long a machine is away that ran, and how long a changed static pod takes to be replaced;
	// default 5 s. Real ones take minutes and half a minute.
	RestartDelay time.Duration
	// BootTimeout is how long a machine waits for its services before it restarts; default 70 min, as in Talos.
	BootTimeout time.Duration
	// DrainTimeout is how long pods may take to leave a machine that asks them to; default 5 min, as in Talos.
	DrainTimeout time.Duration
	// LeaveTimeout is how long a machine tries to leave an etcd that refuses; default 5 min, as in Talos.
	LeaveTimeout time.Duration
	// PromoteDelay is how long a new member of etcd has no vote; default 1 s.
	PromoteDelay time.Duration
	// TalosVersion of the medium that machines boot whose disk is empty; default that of the machinery library.
	TalosVersion string
	// Schematics are the extensions in images of the image factory, by id. The ids of what this project needs at least
	// are known; an image with another id shows no extensions but its schematic.
	Schematics map[string][]string
	// Hardware of machines that differ from the default, by name.
	Hardware map[string]Hardware
	Log      *slog.Logger
}

// Fleet is all machines of a sandbox and the clusters they form.
type Fleet struct {
	opts     Options
	machines []*Machine
	clusters clusterSet
	etcd     etcdSet
	upgrades keyedLocks

	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	waiters chan struct{}
}

// firstMachine is the last number of the first machine's address; those below are for the sandbox itself.
const firstMachine = 101

// EndpointAddress is the last number of the address kept for the management cluster's API.
const EndpointAddress = 10

// Start switches the machines on. They come back in the stage they had.
func Start(opts Options) (*Fleet, error) {
	if opts.InstallDelay == 0 {
		opts.InstallDelay = 200 * time.Millisecond
	}
	if opts.RebootDelay == 0 {
		opts.RebootDelay = 200 * time.Millisecond
	}
	if opts.RestartDelay == 0 {
		opts.RestartDelay = 5 * time.Second
	}
	if opts.BootTimeout == 0 {
		opts.BootTimeout = 70 * time.Minute
	}
	if opts.DrainTimeout == 0 {
		opts.DrainTimeout = 5 * time.Minute
	}
	if opts.LeaveTimeout == 0 {
		opts.LeaveTimeout = 5 * time.Minute
	}
	if opts.PromoteDelay == 0 {
		opts.PromoteDelay = time.Second
	}
	if opts.TalosVersion == "" {
		opts.TalosVersion = gendata.VersionTag
	}
	f := &Fleet{opts: opts, waiters: make(chan struct{})}
	f.clusters.fleet, f.etcd.fleet = f, f
	if err := f.etcd.load(); err != nil {
		return nil, err
	}
	for _, name := range opts.Machines {
		address, err := opts.Ports.AddressFor("machine/"+name, firstMachine)
		if err != nil {
			return nil, err
		}
		port, err := opts.Ports.PortOn(address, "machine/"+name)
		if err != nil {
			return nil, err
		}
		m, err := newMachine(f, name, address, port, filepath.Join(opts.StateDir, "machines", name))
		if err != nil {
			return nil, err
		}
		f.machines = append(f.machines, m)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	for _, m := range f.machines {
		f.wg.Go(func() { m.run(ctx) })
	}
	f.wg.Go(func() { f.clusters.run(ctx) })
	return f, nil
}

// Stop closes the machines' APIs and ends what runs for their clusters in this process. The processes of control
// planes are left to the supervisor.
func (f *Fleet) Stop() {
	f.cancel()
	f.wg.Wait()
}

// Machines are all machines in order.
func (f *Fleet) Machines() []*Machine { return f.machines }

// Machine finds a machine by its name in the sandbox.
func (f *Fleet) Machine(name string) (*Machine, bool) {
	i := slices.IndexFunc(f.machines, func(m *Machine) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return f.machines[i], true
}

// changed is closed at the next change of anything in the fleet.
func (f *Fleet) changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiters
}

func (f *Fleet) notify() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.waiters)
	f.waiters = make(chan struct{})
}

// find resolves a routing target: address, hostname or the sandbox's own name of a machine.
func (f *Fleet) find(name string) (*Machine, bool) {
	i := slices.IndexFunc(f.machines, func(m *Machine) bool {
		return m.Address == name || m.Name == name || m.hostname(m.snapshot()) == name
	})
	if i < 0 {
		return nil, false
	}
	return f.machines[i], true
}

// trust reports whether one machine can reach another's API with its own certificate.
func (f *Fleet) trust(a, b *Machine) bool {
	left, right := a.snapshot(), b.snapshot()
	return left.config != nil && right.up() && sameOS(left.config, right.config)
}

// authority is the CA that signs a machine's server certificate: its own on a control plane, on a worker that of a
// control plane which is up and has the same CA and token.
func (f *Fleet) authority(c config.Provider) (*pki.Pair, bool) {
	security := c.Machine().Security()
	if ca := security.IssuingCA(); ca != nil && len(ca.Key) > 0 {
		pair, err := pki.ParseCA(ca.Crt, ca.Key)
		return pair, err == nil
	}
	for _, m := range f.machines {
		s := m.snapshot()
		if !s.up() || !s.isControlPlane() || !sameOS(c, s.config) || s.config.Machine().Security().Token() != security.Token() {
			continue
		}
		ca := s.config.Machine().Security().IssuingCA()
		if pair, err := pki.ParseCA(ca.Crt, ca.Key); err == nil {
			return pair, true
		}
	}
	return nil, false
}

func sameOS(a, b config.Provider) bool {
	left, right := a.Machine().Security().IssuingCA(), b.Machine().Security().IssuingCA()
	return left != nil && right != nil && bytes.Equal(left.Crt, right.Crt)
}

// sameEtcd reports whether two control planes are configured for one etcd.
func sameEtcd(a, b config.Provider) bool {
	left, right := a.Cluster().Etcd().CA(), b.Cluster().Etcd().CA()
	return a.Cluster().ID() == b.Cluster().ID() && left != nil && right != nil && bytes.Equal(left.Crt, right.Crt)
}

// etcdUp reports whether the etcd of a cluster answers.
func (f *Fleet) etcdUp(c config.Provider) bool {
	if f.opts.ControlPlane.Supervisor == nil {
		return f.etcd.view(c).quorum
	}
	return f.clusters.etcdUp(clusterKey(c))
}

var errNoEndpoint = errors.New("cluster.controlPlane.endpoint: none")
