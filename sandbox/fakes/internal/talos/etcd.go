package talos

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/siderolabs/talos/pkg/machinery/config"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// etcdMember is what the members of an etcd know of one of them. It stays when its machine goes: a machine that was
// wiped or broke still counts for the majority until somebody removes its member.
type etcdMember struct {
	ID      uint64 `json:"id"`
	Name    string `json:"name"` // hostname
	Machine string `json:"machine"`
	Address string `json:"address"`
	// Learner has no vote: it has joined and is not promoted yet.
	Learner bool `json:"learner,omitempty"`
}

// etcdGroup is one etcd.
type etcdGroup struct {
	Members  []etcdMember `json:"members"`
	Recovery *recovery    `json:"recovery,omitempty"`
	leader   uint64
	term     uint64
}

// etcdSet has the membership of every etcd of the fleet. The data of one is kept once, by one real process; what would
// stop real members from answering stops that process.
type etcdSet struct {
	fleet *Fleet
	mu    sync.Mutex
	// groups by key of the cluster
	groups map[string]*etcdGroup
}

// Refusals of etcd, in its words (etcd 3.6: strict reconfiguration checks).
var (
	errNoLeader        = errors.New("etcdserver: no leader")
	errUnhealthy       = errors.New("etcdserver: unhealthy cluster")
	errNotEnough       = errors.New("etcdserver: re-configuration failed due to not enough started members")
	errMemberNotFound  = errors.New("etcdserver: member not found")
	errTooManyLearners = errors.New("etcdserver: too many learner members in cluster")
)

func (e *etcdSet) file() string { return filepath.Join(e.fleet.opts.StateDir, "etcd-members.json") }

func (e *etcdSet) load() error {
	e.groups = map[string]*etcdGroup{}
	data, err := os.ReadFile(e.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &e.groups)
}

// save is called with the lock held.
func (e *etcdSet) save() error {
	data, err := json.MarshalIndent(e.groups, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(e.file(), data, 0o600)
}

// group is called with the lock held.
func (e *etcdSet) group(key string) *etcdGroup {
	if g := e.groups[key]; g != nil {
		return g
	}
	return &etcdGroup{}
}

// answers reports whether the machine of a member runs it.
func (e *etcdSet) answers(member etcdMember) bool {
	m, ok := e.fleet.Machine(member.Machine)
	if !ok {
		return false
	}
	s := m.snapshot()
	return s.up() && s.kept.Member == member.ID && !s.etcdStopped
}

// votes counts who has a vote, and who of them is there.
func (e *etcdSet) votes(g *etcdGroup) (voters, active int) {
	for _, member := range g.Members {
		if member.Learner {
			continue
		}
		voters++
		if e.answers(member) {
			active++
		}
	}
	return voters, active
}

func (e *etcdSet) quorum(g *etcdGroup) bool {
	voters, active := e.votes(g)
	return active > voters/2
}

// elect makes sure that the leader is a member that answers.
func (e *etcdSet) elect(g *etcdGroup) uint64 {
	for _, member := range g.Members {
		if member.ID == g.leader && !member.Learner && e.answers(member) {
			return g.leader
		}
	}
	g.leader, g.term = 0, g.term+1
	for _, member := range g.Members {
		if !member.Learner && e.answers(member) && e.quorum(g) {
			g.leader = member.ID
			break
		}
	}
	return g.leader
}

// view is the state of the etcd of a cluster at one moment.
type etcdView struct {
	members []etcdMember
	active  map[uint64]bool
	quorum  bool
	leader  uint64
	term    uint64
}

func (e *etcdSet) view(c config.Provider) etcdView {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(clusterKey(c))
	v := etcdView{members: slices.Clone(g.Members), active: map[uint64]bool{}, quorum: e.quorum(g)}
	for _, member := range g.Members {
		v.active[member.ID] = e.answers(member)
	}
	v.leader = e.elect(g)
	v.term = g.term
	return v
}

func (v etcdView) member(id uint64) (etcdMember, bool) {
	i := slices.IndexFunc(v.members, func(m etcdMember) bool { return m.ID == id })
	if i < 0 || id == 0 {
		return etcdMember{}, false
	}
	return v.members[i], true
}

func newMemberID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]) | 1
}

// bootstrap makes a machine the only member of a new etcd; false when the cluster has one already. For a recovery it has
// none where all machines with its data are away: they are lost, and with what they keep they cannot join the new one.
func (e *etcdSet) bootstrap(m *Machine, s snapshot, from *recovery) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := clusterKey(s.config)
	holders := e.holding(key)
	if from != nil {
		holders = slices.DeleteFunc(holders, func(o *Machine) bool { return o.snapshot().kept.Off })
	}
	if len(holders) > 0 {
		return false, nil
	}
	id := newMemberID()
	e.groups[key] = &etcdGroup{
		Members: []etcdMember{{ID: id, Name: m.hostname(s), Machine: m.Name, Address: m.Address}}, Recovery: from,
	}
	return true, errors.Join(e.save(), m.update(func(k *keptState) { k.Member = id }))
}

// join adds a machine as a learner, once all members with a vote are there and no other one learns.
func (e *etcdSet) join(m *Machine, s snapshot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(clusterKey(s.config))
	if !e.quorum(g) {
		return errNoLeader
	}
	// A machine that comes back empty takes its old self out first.
	if i := slices.IndexFunc(g.Members, func(o etcdMember) bool { return o.Name == m.hostname(s) }); i >= 0 {
		if err := e.removable(g, g.Members[i]); err != nil {
			return err
		}
		g.Members = slices.Delete(g.Members, i, i+1)
		if err := e.save(); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(g.Members, func(o etcdMember) bool { return o.Learner }) {
		return errTooManyLearners
	}
	if voters, active := e.votes(g); active < voters {
		return errUnhealthy
	}
	id := newMemberID()
	g.Members = append(g.Members, etcdMember{ID: id, Name: m.hostname(s), Machine: m.Name, Address: m.Address, Learner: true})
	return errors.Join(e.save(), m.update(func(k *keptState) { k.Member = id }))
}

// promote gives a learner its vote.
func (e *etcdSet) promote(m *Machine, s snapshot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(clusterKey(s.config))
	for i := range g.Members {
		if g.Members[i].ID != s.kept.Member || !g.Members[i].Learner {
			continue
		}
		if !e.quorum(g) || !e.answers(g.Members[i]) {
			return errNoLeader
		}
		g.Members[i].Learner = false
		if err := e.save(); err != nil {
			return err
		}
	}
	e.fleet.notify()
	return nil
}

// removable is what etcd checks before it lets a member go.
func (e *etcdSet) removable(g *etcdGroup, member etcdMember) error {
	if member.Learner {
		return nil
	}
	voters, active := e.votes(g)
	if voters < 2 {
		return errNotEnough
	}
	if !e.answers(member) {
		return nil // it is not part of the active majority
	}
	if active-1 < 1+(voters-1)/2 {
		return errUnhealthy
	}
	return nil
}

// remove takes a member out. Its machine keeps the data, with which its etcd cannot start any more.
func (e *etcdSet) remove(c config.Provider, id uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(clusterKey(c))
	if !e.quorum(g) {
		return errNoLeader
	}
	i := slices.IndexFunc(g.Members, func(o etcdMember) bool { return o.ID == id })
	if i < 0 {
		return errMemberNotFound
	}
	if err := e.removable(g, g.Members[i]); err != nil {
		return err
	}
	g.Members = slices.Delete(g.Members, i, i+1)
	defer e.fleet.notify()
	return e.save()
}

// moveLeader makes another member the leader; nothing changes unless the one given leads.
func (e *etcdSet) moveLeader(c config.Provider, from uint64) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(clusterKey(c))
	if len(g.Members) == 1 {
		return "", errors.New("cannot forfeit leadership, only one member")
	}
	if e.elect(g) != from {
		return "", nil
	}
	for _, member := range g.Members {
		if member.ID == from || member.Learner || !e.answers(member) {
			continue
		}
		g.leader, g.term = member.ID, g.term+1
		return member.Name, nil
	}
	return "", errors.New("etcdserver: bad leader transferee")
}

// forget drops an etcd of which no machine has data any more.
func (e *etcdSet) forget(key string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.holding(key)) > 0 {
		return nil
	}
	delete(e.groups, key)
	return e.save()
}

// holders are the machines that have the data of a member of an etcd.
func (e *etcdSet) holders(key string) []*Machine {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.holding(key)
}

func (e *etcdSet) holding(key string) []*Machine {
	var out []*Machine
	for _, m := range e.fleet.machines {
		s := m.snapshot()
		if !s.isControlPlane() || clusterKey(s.config) != key {
			continue
		}
		if slices.ContainsFunc(e.group(key).Members, func(o etcdMember) bool { return o.ID == s.kept.Member }) {
			out = append(out, m)
		}
	}
	return out
}

// baseName is the last part of a name with slashes.
func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
