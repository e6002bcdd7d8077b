// Package ports gives a sandbox its addresses: one loopback block 127.0.B.0/24 for its machines, and ports out of the
// configured range. What was given is kept in <stateDir>/ports.json and stays the same over restarts, because other
// programs have written it down (machine configurations, kubeconfigs, Pulumi state).
package ports

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// heldPatience is how long a port given earlier may be held by someone else before that is an error: what a killed
// daemon left needs a moment to go.
const heldPatience = 5 * time.Second

// Allocator gives out addresses and ports. It is safe for concurrent use.
type Allocator struct {
	file     string
	from, to int
	bindable func(host string, port int) bool
	patience time.Duration

	mu      sync.Mutex
	state   state
	checked map[string]bool // keys whose port was seen free, or given, in this run
}

type state struct {
	Block int            `json:"block"`
	Ports map[string]int `json:"ports"`
	// Addresses are the last numbers of addresses given by key.
	Addresses map[string]int `json:"addresses,omitempty"`
}

// Open reads what was given before in this state directory and chooses a block the first time.
func Open(stateDir string, from, to int) (*Allocator, error) {
	if from < 1024 || to > 65535 || from > to {
		return nil, fmt.Errorf("ports %d-%d: not a range of unprivileged ports — give from and to within 1024-65535; set \"ports\" in daemon.json", from, to)
	}
	a := &Allocator{
		file: filepath.Join(stateDir, "ports.json"), from: from, to: to,
		bindable: bindable, patience: heldPatience, checked: map[string]bool{},
	}
	data, err := os.ReadFile(a.file)
	switch {
	case err == nil:
		if err := json.Unmarshal(data, &a.state); err != nil {
			return nil, fmt.Errorf("%s: %w — it is written by the sandbox alone; destroy the sandbox and start again", a.file, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("ports: %w", err)
	}
	if a.state.Ports == nil {
		a.state.Ports = map[string]int{}
	}
	if a.state.Block == 0 {
		// Two sandboxes start their search at different places, so that they seldom want the same.
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(stateDir))
		a.state.Block = 1 + int(hash.Sum32()%254)
		if err := a.save(); err != nil {
			return nil, err
		}
	}
	if host := a.Address(1); !canBind(host) {
		return nil, fmt.Errorf("address %s: cannot be bound — machines need the loopback block 127.0.%d.0/24; add aliases to the loopback interface", host, a.state.Block)
	}
	return a, nil
}

// Block is B of 127.0.B.0/24.
func (a *Allocator) Block() int { return a.state.Block }

// Address is the nth address of the block, 1 to 254.
func (a *Allocator) Address(n int) string { return fmt.Sprintf("127.0.%d.%d", a.state.Block, n) }

// AddressFor gives an address of the block to a key, always the same one, from the number first on.
func (a *Allocator) AddressFor(key string, first int) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n, ok := a.state.Addresses[key]; ok {
		return a.Address(n), nil
	}
	taken := make(map[int]bool, len(a.state.Addresses))
	for _, n := range a.state.Addresses {
		taken[n] = true
	}
	for n := first; n <= 254; n++ {
		if taken[n] {
			continue
		}
		if a.state.Addresses == nil {
			a.state.Addresses = map[string]int{}
		}
		a.state.Addresses[key] = n
		if err := a.save(); err != nil {
			delete(a.state.Addresses, key)
			return "", err
		}
		return a.Address(n), nil
	}
	return "", fmt.Errorf("addresses %s-%s: none free for %q — each machine this sandbox ever had keeps one; use fewer, or destroy the sandbox and start again", a.Address(first), a.Address(254), key)
}

// Port gives the port of a key on 127.0.0.1: the one given before, or a free one of the range.
func (a *Allocator) Port(key string) (int, error) { return a.PortOn("127.0.0.1", key) }

// PortOn is Port for another loopback address. A port is never given twice, not even on different addresses.
func (a *Allocator) PortOn(host, key string) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if port, ok := a.state.Ports[key]; ok {
		return port, a.recheck(host, key, port)
	}
	taken := make(map[int]bool, len(a.state.Ports))
	for _, port := range a.state.Ports {
		taken[port] = true
	}
	size := a.to - a.from + 1
	held := 0
	for i := range size {
		port := a.from + (a.state.Block*101+i)%size
		if taken[port] {
			continue
		}
		if !a.bindable(host, port) {
			held++
			continue
		}
		a.state.Ports[key] = port
		if err := a.save(); err != nil {
			delete(a.state.Ports, key)
			return 0, err
		}
		a.checked[key] = true
		return port, nil
	}
	return 0, fmt.Errorf("ports %d-%d: none free for %q — %d are given to this sandbox, %d are held by other programs; end those or widen \"ports\" in the sandbox's settings",
		a.from, a.to, key, len(taken), held)
}

// Release gives the port of a key back.
func (a *Allocator) Release(key string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	port, ok := a.state.Ports[key]
	if !ok {
		return nil
	}
	delete(a.state.Ports, key)
	delete(a.checked, key)
	if err := a.save(); err != nil {
		a.state.Ports[key] = port
		return err
	}
	return nil
}

// ReleaseAll gives the ports of all keys that begin like this back.
func (a *Allocator) ReleaseAll(prefix string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := maps.Clone(a.state.Ports)
	maps.DeleteFunc(a.state.Ports, func(key string, _ int) bool { return strings.HasPrefix(key, prefix) })
	if len(a.state.Ports) == len(before) {
		return nil
	}
	if err := a.save(); err != nil {
		a.state.Ports = before
		return err
	}
	maps.DeleteFunc(a.checked, func(key string, _ bool) bool { return strings.HasPrefix(key, prefix) })
	return nil
}

// recheck makes sure, once per run, that no other process took a port while the sandbox was down.
func (a *Allocator) recheck(host, key string, port int) error {
	if a.checked[key] {
		return nil
	}
	for deadline := time.Now().Add(a.patience); !a.bindable(host, port); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("port %d: held by another program — it was given to %q earlier and is written down in configurations; end that program or destroy this sandbox", port, key)
		}
	}
	a.checked[key] = true
	return nil
}

func (a *Allocator) save() error {
	data, err := json.MarshalIndent(a.state, "", "  ")
	if err != nil {
		return fmt.Errorf("ports: %w", err)
	}
	return atomicfile.Write(a.file, data, 0o600)
}

func bindable(host string, port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

func canBind(host string) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}
