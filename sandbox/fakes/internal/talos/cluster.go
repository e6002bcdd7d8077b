package talos

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"firmament.example/sandbox/fakes/internal/controlplane"
)

const (
	// startPatience is how long one attempt to start a control plane may take, on a machine busy with other things.
	startPatience = 3 * time.Minute
	retryDelay    = 2 * time.Second
	nodeInterval  = 3 * time.Second
)

// clusterSet runs a control plane for every group of machines that have the data of one etcd.
type clusterSet struct {
	fleet *Fleet

	mu      sync.Mutex
	runners map[string]*runner
}

// runner is one cluster.
type runner struct {
	fleet *Fleet
	key   string
	name  string // of processes and directory
	dir   string

	etcdRuns   atomic.Bool
	access     atomic.Pointer[rest.Config] // while the API server is up
	etcdClient atomic.Pointer[controlplane.EtcdClient]
	lastErr    atomic.Pointer[string]

	etcd     *controlplane.Etcd
	cp       *controlplane.ControlPlane
	kwok     *controlplane.Kwok
	kubelets map[string]kubernetes.Interface
	accounts bool // the kind of credentials for the Talos API is served
	current  *desired
	stopHook func()
}

func (c *clusterSet) etcdUp(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.runners[key]
	return ok && r.etcdRuns.Load()
}

// runner finds the processes of a cluster.
func (c *clusterSet) runner(key string) (*runner, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.runners[key]
	return r, ok
}

// buried waits until the processes and the data of a cluster that lost its last member are gone; false when the caller
// goes first.
func (c *clusterSet) buried(ctx context.Context, key string) bool {
	for {
		if _, lives := c.runner(key); !lives || len(c.fleet.etcd.holders(key)) > 0 {
			return true
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return false
		}
	}
}

// kubernetes is an administrator's access to the API server that a machine's kubelet joins, while there is one. Workers do
// not know their cluster's etcd, by which clusters are told apart: their control planes do.
func (f *Fleet) kubernetes(c config.Provider) (kubernetes.Interface, bool) {
	i := slices.IndexFunc(f.machines, func(m *Machine) bool {
		s := m.snapshot()
		return s.isControlPlane() && joins(c, s.config)
	})
	if i < 0 {
		return nil, false
	}
	r, ok := f.clusters.runner(clusterKey(f.machines[i].snapshot().config))
	if !ok {
		return nil, false
	}
	access := r.access.Load()
	if access == nil {
		return nil, false
	}
	client, err := kubernetes.NewForConfig(access)
	return client, err == nil
}

// Problems are the reasons why control planes do not come up, by cluster.
func (f *Fleet) Problems() map[string]string {
	f.clusters.mu.Lock()
	defer f.clusters.mu.Unlock()
	out := map[string]string{}
	for _, r := range f.clusters.runners {
		if text := r.lastErr.Load(); text != nil {
			out[r.name] = *text
		}
	}
	return out
}

func (c *clusterSet) run(ctx context.Context) {
	if c.fleet.opts.ControlPlane.Supervisor == nil {
		return
	}
	c.runners = map[string]*runner{}
	c.sweep()
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		changed := c.fleet.changed()
		for _, m := range c.fleet.machines {
			s := m.snapshot()
			if s.kept.Member == 0 || !s.isControlPlane() {
				continue
			}
			key := clusterKey(s.config)
			if len(c.fleet.etcd.holders(key)) == 0 {
				continue
			}
			c.mu.Lock()
			if _, ok := c.runners[key]; !ok {
				r := c.newRunner(key, s.config.Cluster().Name())
				c.runners[key] = r
				wg.Go(func() {
					r.run(ctx)
					c.mu.Lock()
					delete(c.runners, key)
					c.mu.Unlock()
					c.fleet.notify()
				})
			}
			c.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

func (c *clusterSet) root() string { return filepath.Join(c.fleet.opts.StateDir, "clusters") }

// newRunner names a cluster after its clusterName; called with the lock held.
func (c *clusterSet) newRunner(key, clusterName string) *runner {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(clusterName))
	if name == "" {
		name = "cluster"
	}
	dir := filepath.Join(c.root(), name)
	if owner, err := os.ReadFile(filepath.Join(dir, "key")); err == nil && string(owner) != key {
		name += "-" + key[:6]
		dir = filepath.Join(c.root(), name)
	}
	return &runner{fleet: c.fleet, key: key, name: name, dir: dir}
}

// sweep removes the data of clusters that have no member any more: their last machine was reset and the daemon was
// killed before it followed.
func (c *clusterSet) sweep() {
	wanted := map[string]bool{}
	for _, m := range c.fleet.machines {
		if s := m.snapshot(); s.isControlPlane() {
			key := clusterKey(s.config)
			wanted[key] = len(c.fleet.etcd.holders(key)) > 0
		}
	}
	entries, err := os.ReadDir(c.root())
	if err != nil {
		return
	}
	for _, entry := range entries {
		dir := filepath.Join(c.root(), entry.Name())
		key, err := os.ReadFile(filepath.Join(dir, "key"))
		if err == nil && !wanted[string(key)] {
			_ = os.RemoveAll(dir)
		}
	}
}

// run keeps one cluster as its members' configurations want it, until its last member is gone.
func (r *runner) run(ctx context.Context) {
	log := r.fleet.opts.Log.With("cluster", r.name)
	defer func() {
		r.endHook()
		if r.kwok != nil {
			r.kwok.Leave()
		}
	}()
	for {
		changed := r.fleet.changed()
		members := r.members()
		if len(members) == 0 {
			if err := r.delete(); err != nil {
				log.Error("cluster is not deleted", "error", err)
			}
			return
		}
		delay := nodeInterval
		err := r.follow(ctx, members)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			text := err.Error()
			r.lastErr.Store(&text)
			log.Error("cluster", "error", err)
			delay = retryDelay
		} else {
			r.lastErr.Store(nil)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(delay):
		}
	}
}

// members are the control planes with this cluster's etcd data, by name in order.
func (r *runner) members() []*Machine { return r.fleet.etcd.holders(r.key) }

// follow starts what is missing, starts again what changed, and registers the nodes.
func (r *runner) follow(ctx context.Context, members []*Machine) error {
	if !r.fleet.etcd.view(members[0].snapshot().config).quorum {
		if r.etcd != nil {
			r.fleet.opts.Log.Warn("etcd has lost its majority: the API server goes", "cluster", r.name)
		}
		return r.stop()
	}
	first := members[0].snapshot()
	if first.config == nil {
		return nil
	}
	want, err := desire(first.config)
	if err != nil {
		return err
	}
	if r.current == nil || !reflect.DeepEqual(r.current, want) {
		if err := r.start(ctx, want); err != nil {
			return errors.Join(err, r.stop())
		}
		r.startHook(ctx)
	}
	return errors.Join(r.registerNodes(ctx, first.config), r.giveAccess(ctx, members))
}
