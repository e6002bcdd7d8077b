package talos

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
)

func (b *bench) remove(asked string, id uint64) error {
	return b.admin(asked).EtcdRemoveMemberByID(b.ctx(), &machine.EtcdRemoveMemberByIDRequest{MemberId: id})
}

func (b *bench) memberID(of string) uint64 {
	b.t.Helper()
	for _, member := range b.etcdMembers("cp-1") {
		if member.GetHostname() == of {
			return member.GetId()
		}
	}
	b.t.Fatalf("no member %s", of)
	return 0
}

func (b *bench) etcdState(name string) string {
	b.t.Helper()
	state, _, _ := strings.Cut(b.serviceState(name, "etcd"), ":")
	return state
}

func TestAWipedMachineStaysAMemberUntilItIsRemoved(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2", "cp-3")
	b.controlPlanes("cp-1", "cp-2", "cp-3")
	if err := b.admin("cp-3").Reset(b.ctx(), false, true); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-3", StageMaintenance)
	if len(b.etcdMembers("cp-1")) != 3 {
		t.Fatal("a machine that did not leave is no member any more")
	}
	// One of the two that are left cannot go: its majority is one of three.
	expectCode(t, b.remove("cp-1", b.memberID("cp-2")), codes.Unknown, "etcdserver: unhealthy cluster")
	// Another machine is not let in while a member is away.
	b.apply(b.insecure("cp-3"), b.config("cp-4", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-3", StageBooting)
	time.Sleep(300 * time.Millisecond)
	if b.machine("cp-3").Stage() == StageRunning {
		t.Fatal("etcd took a member while another was away")
	}
	dead := b.memberID("cp-3")
	expectCode(t, b.remove("cp-1", 42), codes.NotFound, "etcdserver: member not found")
	if err := b.remove("cp-1", dead); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-3", StageRunning)
	if members := b.etcdMembers("cp-1"); len(members) != 3 || b.memberID("cp-4") == dead {
		t.Fatalf("members: %v", members)
	}
}

func TestARemovedMemberStopsAndStaysOut(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2", "cp-3")
	b.controlPlanes("cp-1", "cp-2", "cp-3")
	if err := b.remove("cp-1", b.memberID("cp-3")); err != nil {
		t.Fatal(err)
	}
	if state := b.etcdState("cp-3"); state != "Waiting" {
		t.Fatalf("etcd of a removed member: %s", state)
	}
	if err := b.admin("cp-3").Reboot(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.await("cp-3 restarts", func() bool { return b.machine("cp-3").Stage() == StageRebooting })
	b.awaitStage("cp-3", StageBooting)
	time.Sleep(300 * time.Millisecond)
	if b.machine("cp-3").Stage() != StageBooting || len(b.etcdMembers("cp-1")) != 2 {
		t.Fatal("a removed member came back with its old data")
	}
	expectCode(t, b.admin("cp-3").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.AlreadyExists, "etcd data directory is not empty")
}

func TestAMemberLeavesAndJoinsAgainWithTheNextBoot(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2", "cp-3")
	b.controlPlanes("cp-1", "cp-2", "cp-3")
	before := b.memberID("cp-3")
	if err := b.admin("cp-3").EtcdLeaveCluster(b.ctx(), &machine.EtcdLeaveClusterRequest{}); err != nil {
		t.Fatal(err)
	}
	if len(b.etcdMembers("cp-3")) != 2 || b.etcdState("cp-3") != "Finished" {
		t.Fatalf("members %v, etcd is %s", b.etcdMembers("cp-3"), b.etcdState("cp-3"))
	}
	if err := b.admin("cp-3").Reboot(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.await("cp-3 restarts", func() bool { return b.machine("cp-3").Stage() == StageRebooting })
	b.awaitStage("cp-3", StageRunning)
	if b.memberID("cp-3") == before {
		t.Fatal("the member has its old id")
	}
}

func TestALearnerHasNoVote(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2")
	b.controlPlanes("cp-1")
	b.fleet.opts.PromoteDelay = time.Hour
	b.awaitStage("cp-2", StageMaintenance)
	b.apply(b.insecure("cp-2"), b.config("cp-2", machinetype.TypeControlPlane), auto)
	b.await("cp-2 learns", func() bool {
		members := b.etcdMembers("cp-1")
		return len(members) == 2 && members[1].GetIsLearner()
	})
	// Its machine goes, and the majority stays what it was.
	b.power(false, "cp-2")
	b.awaitStage("cp-2", StageOff)
	if len(b.etcdMembers("cp-1")) != 2 {
		t.Fatal("no majority")
	}
}

func TestGracefulResetLeavesEtcd(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2", "cp-3")
	b.controlPlanes("cp-1", "cp-2", "cp-3")
	if err := b.admin("cp-3").Reset(b.ctx(), true, true); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-3", StageMaintenance)
	if len(b.etcdMembers("cp-1")) != 2 {
		t.Fatal("cp-3 is a member still")
	}
	// With a member away the next one is refused, for as long as it tries: it restarts and stays.
	b.power(false, "cp-2")
	b.awaitStage("cp-2", StageOff)
	_, err := b.admin("cp-1").EtcdMemberList(b.ctx(), &machine.EtcdMemberListRequest{})
	expectCode(t, err, codes.Unknown, "etcdserver: no leader")
}

func TestLeadershipMoves(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2")
	b.controlPlanes("cp-1")
	_, err := b.admin("cp-1").EtcdForfeitLeadership(b.ctx(), &machine.EtcdForfeitLeadershipRequest{})
	expectCode(t, err, codes.Unknown, "cannot forfeit leadership, only one member")
	b.awaitStage("cp-2", StageMaintenance)
	b.apply(b.insecure("cp-2"), b.config("cp-2", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-2", StageRunning)
	leader := func() uint64 {
		reply, err := b.admin("cp-1").MachineClient.EtcdStatus(b.ctx(), &emptypb.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		return reply.GetMessages()[0].GetMemberStatus().GetLeader()
	}
	if leader() != b.memberID("cp-1") {
		t.Fatal("cp-1 does not lead")
	}
	reply, err := b.admin("cp-2").EtcdForfeitLeadership(b.ctx(), &machine.EtcdForfeitLeadershipRequest{})
	if err != nil || reply.GetMessages()[0].GetMember() != "" {
		t.Fatalf("who does not lead has nothing to give: %v %v", reply, err)
	}
	reply, err = b.admin("cp-1").EtcdForfeitLeadership(b.ctx(), &machine.EtcdForfeitLeadershipRequest{})
	if err != nil || reply.GetMessages()[0].GetMember() != "cp-2" || leader() != b.memberID("cp-2") {
		t.Fatalf("forfeit: %v %v", reply, err)
	}
}

func TestASecondBootstrapIsRefused(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2")
	for _, name := range []string{"cp-1", "cp-2"} {
		b.awaitStage(name, StageMaintenance)
	}
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)
	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-1", StageRunning)
	b.power(false, "cp-1")
	b.awaitStage("cp-1", StageOff)
	b.apply(b.insecure("cp-2"), b.config("cp-2", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-2", StageBooting)
	expectCode(t, b.admin("cp-2").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.FailedPrecondition, "this cluster has an etcd")
}

func TestSnapshotsAreForBackupsAndNeedAnEtcd(t *testing.T) {
	b := newBench(t, "cp-1")
	b.controlPlanes("cp-1")
	snapshot := func(roles ...role.Role) error {
		reader, err := b.as("cp-1", roles...).EtcdSnapshot(b.ctx(), &machine.EtcdSnapshotRequest{})
		if err != nil {
			return err
		}
		defer reader.Close()
		_, err = io.ReadAll(reader)
		return err
	}
	expectCode(t, snapshot(role.Reader), codes.PermissionDenied, "not authorized")
	// This fleet has no process of etcd.
	expectCode(t, snapshot(role.EtcdBackup), codes.Unavailable, "connection refused")
}

func TestEtcdIsRecoveredWhileLostMachinesAreOff(t *testing.T) {
	names := []string{"cp-1", "cp-2", "cp-3"}
	b := newBench(t, names...)
	b.controlPlanes(names...)
	b.power(false, "cp-2")
	b.awaitStage("cp-2", StageOff)
	wipe := &machine.ResetRequest{
		Reboot: true, SystemPartitionsToWipe: []*machine.ResetPartitionSpec{{Label: "EPHEMERAL", Wipe: true}},
	}
	if _, err := b.admin("cp-1").ResetGenericWithResponse(b.ctx(), wipe); err != nil {
		t.Fatal(err)
	}
	b.await("it is wiped", func() bool { return b.machine("cp-1").snapshot().kept.Member == 0 })
	b.awaitStage("cp-1", StageBooting)
	recover := func() error {
		content := bytes.Repeat([]byte("etcd"), 1024)
		hash := sha256.Sum256(content)
		if _, err := b.admin("cp-1").EtcdRecover(b.ctx(), bytes.NewReader(append(content, hash[:]...))); err != nil {
			return err
		}
		return b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{RecoverEtcd: true})
	}
	expectCode(t, recover(), codes.FailedPrecondition, "this cluster has an etcd")
	b.power(false, "cp-3")
	b.awaitStage("cp-3", StageOff)
	if err := recover(); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-1", StageRunning)
	// What comes back with the data of the old etcd is no member of the new one.
	b.power(true, "cp-2")
	b.await("cp-2 is on", func() bool { return b.machine("cp-2").snapshot().up() })
	if members := b.etcdMembers("cp-1"); len(members) != 1 {
		t.Fatalf("members: %v", members)
	}
}
