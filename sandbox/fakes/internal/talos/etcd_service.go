package talos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"firmament.example/sandbox/fakes/internal/controlplane"
)

// etcdRefused is how a client of etcd is told that nothing listens.
func etcdRefused(host string) error {
	return status.Errorf(codes.Unavailable, "connection error: desc = \"transport: Error while dialing: dial tcp %s:2379: connect: connection refused\"", host)
}

// controlPlane is the machine a call for etcd is for.
func controlPlane(ctx context.Context, self *Machine, what string) (*Machine, snapshot, error) {
	m := target(ctx, self)
	snap := m.snapshot()
	if !snap.isControlPlane() {
		return m, snap, onlyControlPlane(what)
	}
	return m, snap, nil
}

// etcdOfControlPlanes is the etcd as any control plane reaches it, over all members. A refusal of etcd itself has the
// code Unknown, because Talos passes on the client's error.
func (m *Machine) etcdOfControlPlanes(s snapshot) (etcdView, error) {
	view := m.fleet.etcd.view(s.config)
	reachable := false
	for _, active := range view.active {
		reachable = reachable || active
	}
	switch {
	case !reachable:
		return view, etcdRefused(m.Address)
	case !view.quorum:
		return view, errNoLeader
	case !m.fleet.etcdUp(s.config):
		return view, etcdRefused(m.Address)
	default:
		return view, nil
	}
}

// localEtcd is the etcd as the machine's own member shows it.
func (m *Machine) localEtcd(s snapshot) (etcdView, error) {
	view := m.fleet.etcd.view(s.config)
	if !view.active[s.kept.Member] || m.fleet.opts.ControlPlane.Supervisor != nil && view.quorum && !m.fleet.etcdUp(s.config) {
		return view, etcdRefused("localhost")
	}
	return view, nil
}

// etcdService is the machine's own etcd.
func (m *Machine) etcdService(s snapshot) service {
	_, known := m.fleet.etcd.view(s.config).member(s.kept.Member)
	out := service{id: "etcd"}
	switch {
	case s.etcdStopped:
		out.state = "Finished"
	case s.kept.Member == 0:
		out.state = "Preparing"
		m.mu.Lock()
		fault := m.etcdFault
		m.mu.Unlock()
		if fault != "" {
			out.state, out.message = "Failed", "Failed to run pre stage: "+fault
		}
	case !known:
		out.state, out.message = "Waiting", "Error running Containerd(etcd), going to restart forever: task \"etcd\" failed: exit code 1"
	case !m.fleet.etcdUp(s.config):
		out.state, out.health = "Running", unhealthy
	default:
		out.state, out.health = "Running", healthy
	}
	return out
}

func (s *machineService) EtcdMemberList(ctx context.Context, in *machineapi.EtcdMemberListRequest) (*machineapi.EtcdMemberListResponse, error) {
	m, snap, err := controlPlane(ctx, s.self, "member list")
	if err != nil {
		return nil, err
	}
	view, err := m.etcdOfControlPlanes(snap)
	if in.GetQueryLocal() {
		if view, err = m.localEtcd(snap); err == nil && !view.quorum {
			err = errNoLeader
		}
	}
	if err != nil {
		return nil, err
	}
	members := &machineapi.EtcdMembers{}
	for _, member := range m.shownMembers(view, snap) {
		members.LegacyMembers = append(members.LegacyMembers, member.Name)
		members.Members = append(members.Members, &machineapi.EtcdMember{
			Id: member.ID, Hostname: member.Name, IsLearner: member.Learner,
			PeerUrls:   []string{fmt.Sprintf("https://%s:2380", member.Address)},
			ClientUrls: []string{fmt.Sprintf("https://%s:2379", member.Address)},
		})
	}
	return &machineapi.EtcdMemberListResponse{Messages: []*machineapi.EtcdMembers{members}}, nil
}

// failEtcd keeps why etcd did not start; nothing when it did.
func (m *Machine) failEtcd(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.etcdFault = ""
	if err != nil {
		m.etcdFault = err.Error()
	}
}

// shownMembers is the list of members as scenarios want it.
func (m *Machine) shownMembers(view etcdView, s snapshot) []etcdMember {
	members := view.members
	if m.troubled(splitMembers) {
		members = slices.DeleteFunc(members, func(o etcdMember) bool { return o.ID != s.kept.Member })
	}
	for i := range members {
		members[i].Learner = members[i].Learner || members[i].ID == s.kept.Member && m.troubled(learnerMember)
	}
	if m.troubled(extraMember) {
		members = append(members, etcdMember{ID: 1, Name: "stranger", Address: strangerAddress})
	}
	return members
}

func (s *machineService) EtcdRemoveMemberByID(ctx context.Context, in *machineapi.EtcdRemoveMemberByIDRequest) (*machineapi.EtcdRemoveMemberByIDResponse, error) {
	m, snap, err := controlPlane(ctx, s.self, "etcd remove member")
	if err != nil {
		return nil, err
	}
	if _, err := m.etcdOfControlPlanes(snap); err != nil {
		return nil, fmt.Errorf("failed to remove member: %w", err)
	}
	err = m.fleet.etcd.remove(snap.config, in.GetMemberId())
	if errors.Is(err, errMemberNotFound) {
		return nil, status.Errorf(codes.NotFound, "failed to remove member %d: %s", in.GetMemberId(), err)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to remove member: failed to remove member %d: %w", in.GetMemberId(), err)
	}
	return &machineapi.EtcdRemoveMemberByIDResponse{Messages: []*machineapi.EtcdRemoveMemberByID{{}}}, nil
}

func (s *machineService) EtcdLeaveCluster(ctx context.Context, _ *machineapi.EtcdLeaveClusterRequest) (*machineapi.EtcdLeaveClusterResponse, error) {
	m, snap, err := controlPlane(ctx, s.self, "etcd leave")
	if err != nil {
		return nil, err
	}
	if snap.kept.Member == 0 {
		return nil, errors.New("failed to leave cluster: resource EtcdMembers.etcd.talos.dev(etcd/local@undefined) doesn't exist")
	}
	if err := m.leaveEtcd(ctx); err != nil {
		return nil, fmt.Errorf("failed to leave cluster: %w", err)
	}
	return &machineapi.EtcdLeaveClusterResponse{Messages: []*machineapi.EtcdLeaveCluster{{}}}, nil
}

// leaveEtcd takes the machine's own member out, and its data away. It tries again while the majority would suffer.
func (m *Machine) leaveEtcd(ctx context.Context) error {
	snap := m.snapshot()
	ctx, cancel := context.WithTimeout(ctx, m.fleet.opts.LeaveTimeout)
	defer cancel()
	for {
		err := m.fleet.etcd.remove(snap.config, snap.kept.Member)
		if err == nil || errors.Is(err, errMemberNotFound) {
			break
		}
		if !errors.Is(err, errUnhealthy) {
			return err
		}
		if !sleep(ctx, min(10*time.Second, m.fleet.opts.LeaveTimeout/10)) {
			return fmt.Errorf("retry canceled or timed out: %w", err)
		}
	}
	m.mu.Lock()
	m.etcdStopped = true
	m.mu.Unlock()
	if err := m.update(func(k *keptState) { k.Member = 0 }); err != nil {
		return err
	}
	m.publishMember(m.snapshot())
	return nil
}

func (s *machineService) EtcdForfeitLeadership(ctx context.Context, _ *machineapi.EtcdForfeitLeadershipRequest) (*machineapi.EtcdForfeitLeadershipResponse, error) {
	m, snap, err := controlPlane(ctx, s.self, "etcd forfeit leadership")
	if err != nil {
		return nil, err
	}
	if _, err := m.etcdOfControlPlanes(snap); err != nil {
		return nil, fmt.Errorf("failed to forfeit leadership: failed to list etcd members: %w", err)
	}
	next, err := m.fleet.etcd.moveLeader(snap.config, snap.kept.Member)
	if err != nil {
		return nil, fmt.Errorf("failed to forfeit leadership: %w", err)
	}
	return &machineapi.EtcdForfeitLeadershipResponse{Messages: []*machineapi.EtcdForfeitLeadership{{Member: next}}}, nil
}

func (s *machineService) EtcdStatus(ctx context.Context, _ *emptypb.Empty) (*machineapi.EtcdStatusResponse, error) {
	m, snap, err := controlPlane(ctx, s.self, "etcd status")
	if err != nil {
		return nil, err
	}
	view, err := m.localEtcd(snap)
	if err != nil {
		return nil, fmt.Errorf("failed to query etcd status: %w", err)
	}
	member, _ := view.member(snap.kept.Member)
	out := &machineapi.EtcdMemberStatus{
		MemberId: member.ID, Leader: view.leader, RaftTerm: view.term, IsLearner: member.Learner,
		ProtocolVersion: m.profile(snap).etcd(),
	}
	if v, err := parseVersion(out.ProtocolVersion); err == nil {
		out.StorageVersion = fmt.Sprintf("%d.%d.0", v.Major, v.Minor)
	}
	if !view.quorum {
		out.Errors = []string{errNoLeader.Error()}
	} else if client, ok := m.fleet.etcdClient(snap); ok {
		// All members are one process: they never lag behind each other.
		real, err := client.Status(ctx)
		if err != nil {
			return nil, fmt.Errorf("failed to query etcd status: %w", err)
		}
		out.ProtocolVersion, out.StorageVersion, out.DbSize, out.DbSizeInUse = real.Version, real.StorageVersion, real.DBSize, real.DBSizeInUse
		out.RaftIndex, out.RaftAppliedIndex = real.RaftIndex, real.RaftAppliedIndex
	}
	return &machineapi.EtcdStatusResponse{Messages: []*machineapi.EtcdStatus{{MemberStatus: out}}}, nil
}

// etcdClient reaches the process of a cluster's etcd, while it runs.
func (f *Fleet) etcdClient(s snapshot) (controlplane.EtcdClient, bool) {
	r, ok := f.clusters.runner(clusterKey(s.config))
	if !ok {
		return controlplane.EtcdClient{}, false
	}
	client := r.etcdClient.Load()
	if client == nil {
		return controlplane.EtcdClient{}, false
	}
	return *client, true
}

func (s *machineService) EtcdAlarmList(ctx context.Context, _ *emptypb.Empty) (*machineapi.EtcdAlarmListResponse, error) {
	m, snap, err := controlPlane(ctx, s.self, "etcd alarm list")
	if err != nil {
		return nil, err
	}
	if _, err := m.localEtcd(snap); err != nil {
		return nil, fmt.Errorf("failed to list etcd alarms: %w", err)
	}
	return &machineapi.EtcdAlarmListResponse{Messages: []*machineapi.EtcdAlarm{{}}}, nil
}

// EtcdSnapshot streams the database of the real etcd with the hash that etcd appends to it.
func (s *machineService) EtcdSnapshot(_ *machineapi.EtcdSnapshotRequest, stream grpc.ServerStreamingServer[common.Data]) error {
	ctx := stream.Context()
	m, snap, err := controlPlane(ctx, s.self, "etcd snapshot")
	if err != nil {
		return err
	}
	if _, err := m.localEtcd(snap); err != nil {
		return fmt.Errorf("failed reading etcd snapshot: %w", err)
	}
	client, ok := m.fleet.etcdClient(snap)
	if !ok {
		return fmt.Errorf("failed reading etcd snapshot: %w", etcdRefused("localhost"))
	}
	if err := client.Snapshot(ctx, writerFunc(func(p []byte) error { return stream.Send(&common.Data{Bytes: p}) })); err != nil {
		return fmt.Errorf("failed reading etcd snapshot: %w", err)
	}
	return nil
}

type writerFunc func([]byte) error

func (w writerFunc) Write(p []byte) (int, error) { return len(p), w(p) }

var _ io.Writer = writerFunc(nil)
