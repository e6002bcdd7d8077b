package talos

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	configres "github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"k8s.io/client-go/tools/clientcmd"
)

const auto = machine.ApplyConfigurationRequest_AUTO

func TestMaintenanceModeAnswersReadersAndTakesAConfiguration(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	c := b.insecure("cp-1")

	disks, err := c.Disks(b.ctx())
	if err != nil || len(disks.GetMessages()[0].GetDisks()) != 2 {
		t.Fatalf("disks: %v %v", disks, err)
	}
	version, err := c.Version(b.ctx())
	if err != nil || version.GetMessages()[0].GetVersion().GetTag() != "v1.13.0" {
		t.Fatalf("version: %v %v", version, err)
	}
	st, err := safe.StateGet[*runtime.MachineStatus](b.ctx(), c.COSI, runtime.NewMachineStatus().Metadata())
	if err != nil || st.TypedSpec().Stage != runtime.MachineStageMaintenance {
		t.Fatalf("machine status: %v %v", st, err)
	}

	expectCode(t, c.Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.PermissionDenied, "not authorized")
	_, err = c.Kubeconfig(b.ctx())
	expectCode(t, err, codes.PermissionDenied, "not authorized")
	expectCode(t, c.Reset(b.ctx(), false, true), codes.PermissionDenied, "not authorized")

	reply := b.apply(c, b.config("cp-1", machinetype.TypeControlPlane), machine.ApplyConfigurationRequest_REBOOT)
	if reply.GetMode() != machine.ApplyConfigurationRequest_NO_REBOOT {
		t.Fatalf("mode %s", reply.GetMode())
	}
	b.awaitStage("cp-1", StageBooting)
}

func TestRefusesConfigurationsThatAreWrong(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	c := b.insecure("cp-1")
	for text, data := range map[string][]byte{
		"unknown keys":                      []byte("version: v1alpha1\nmachine: {type: worker, colour: blue}\ncluster: {}\n"),
		"install instructions are required": b.config("cp-1", machinetype.TypeWorker, "machine: {install: {disk: \"\", diskSelector: null}}", "machine: {install: {$patch: delete}}"),
		"no disks matched":                  b.config("cp-1", machinetype.TypeWorker, "machine: {install: {diskSelector: {serial: nobody}}}"),
		"kubelet image is not valid":        b.config("cp-1", machinetype.TypeWorker, "machine: {kubelet: {image: 'ghcr.io/siderolabs/kubelet:v1.20.0'}}"),
		"v1alpha1 config":                   []byte("apiVersion: v1alpha1\nkind: HostnameConfig\nauto: off\nhostname: lonely\n"),
	} {
		_, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: data, Mode: auto})
		expectCode(t, err, codes.InvalidArgument, text)
	}
	if b.machine("cp-1").Stage() != StageMaintenance {
		t.Fatal("left maintenance mode")
	}
}

func TestConfiguredMachineWantsClientCertificates(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)

	_, err := b.insecure("cp-1").Disks(b.ctx())
	expectCode(t, err, codes.Unavailable, "")
	if _, err := b.admin("cp-1").Disks(b.ctx()); err != nil {
		t.Fatal(err)
	}

	// Same address, another cluster's certificate.
	mine := b.bundle
	b.newSecrets()
	_, err = b.admin("cp-1").Version(b.ctx())
	expectCode(t, err, codes.Unavailable, "")
	b.useSecrets(mine)
	expectCode(t, b.as("cp-1", role.Reader).Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.PermissionDenied, "not authorized")
	_, err = safe.StateGetByID[*configres.MachineConfig](b.ctx(), b.as("cp-1", role.Reader).COSI, configres.ActiveID)
	if err == nil {
		t.Fatal("a reader got the keys of the cluster")
	}
	if _, err = safe.StateGetByID[*configres.MachineConfig](b.ctx(), b.admin("cp-1").COSI, configres.ActiveID); err != nil {
		t.Fatal(err)
	}
}

func TestBootstrapIsRefusedAsTalosDoes(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1")
	b.fleet.opts.InstallDelay = 500 * time.Millisecond
	for _, name := range []string{"cp-1", "worker-1"} {
		b.awaitStage(name, StageMaintenance)
	}
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageInstalling)
	b.await("the API wants certificates", func() bool { _, err := b.admin("cp-1").Version(b.ctx()); return err == nil })
	expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.FailedPrecondition, "bootstrap is not available yet")

	b.apply(b.insecure("worker-1"), b.config("worker-1", machinetype.TypeWorker), auto)
	b.awaitStage("cp-1", StageBooting)
	b.awaitStage("worker-1", StageRunning)
	expectCode(t, b.admin("worker-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.Unimplemented, "bootstrap is only available on control plane nodes")
	_, err := b.admin("worker-1").Kubeconfig(b.ctx())
	expectCode(t, err, codes.Unimplemented, "kubeconfig is only available on control plane nodes")

	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.AlreadyExists, "etcd data directory is not empty")
	b.awaitStage("cp-1", StageRunning)
}

func TestWorkerStaysClosedUntilAControlPlaneIsUp(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1")
	b.awaitStage("worker-1", StageMaintenance)
	b.apply(b.insecure("worker-1"), b.config("worker-1", machinetype.TypeWorker), auto)
	b.awaitStage("worker-1", StageInstalling)
	time.Sleep(300 * time.Millisecond)
	if _, err := b.admin("worker-1").Version(b.ctx()); err == nil || b.machine("worker-1").Stage() != StageInstalling {
		t.Fatalf("a worker without control plane answered: %v", err)
	}
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("worker-1", StageRunning)
	if _, err := b.admin("worker-1").Version(b.ctx()); err != nil {
		t.Fatal(err)
	}
}

func TestKubeconfigNamesTheConfiguredEndpoint(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)
	text, err := b.admin("cp-1").Kubeconfig(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	if config.CurrentContext != "admin@firmament" || config.Clusters["firmament"].Server != b.endpoint {
		t.Fatalf("kubeconfig: %s", text)
	}
}

func TestOtherControlPlanesJoinAndCallsAreRouted(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2", "cp-3")
	for _, name := range []string{"cp-1", "cp-2", "cp-3"} {
		b.awaitStage(name, StageMaintenance)
		b.apply(b.insecure(name), b.config(name, machinetype.TypeControlPlane), auto)
		b.awaitStage(name, StageBooting)
	}
	if err := b.admin("cp-2").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cp-1", "cp-2", "cp-3"} {
		b.awaitStage(name, StageRunning)
	}
	c := b.admin("cp-1")
	members, err := c.EtcdMemberList(client.WithNode(b.ctx(), b.machine("cp-3").Address), &machine.EtcdMemberListRequest{})
	if err != nil || len(members.GetMessages()[0].GetMembers()) != 3 {
		t.Fatalf("members: %v %v", members, err)
	}
	nodes := []string{b.machine("cp-1").Address, b.machine("cp-2").Address}
	versions, err := c.Version(client.WithNodes(b.ctx(), nodes...))
	if err != nil || len(versions.GetMessages()) != 2 || versions.GetMessages()[1].GetMetadata().GetHostname() != nodes[1] {
		t.Fatalf("versions: %v %v", versions, err)
	}
	_, err = c.Version(client.WithNode(b.ctx(), nodes[0]+":50000"))
	expectCode(t, err, codes.Internal, "invalid target")
	_, err = c.Version(client.WithNodes(b.ctx(), nodes[0], "192.0.2.1"))
	if err == nil || !strings.Contains(err.Error(), "no route to host") {
		t.Fatalf("unreachable node: %v", err)
	}
	_, err = safe.StateListAll[*block.Disk](client.WithNodes(b.ctx(), nodes...), c.COSI)
	if err == nil || !strings.Contains(err.Error(), "one-to-many") {
		t.Fatalf("resources of several nodes: %v", err)
	}
}

func TestEtcdAnswersWhileAMajorityIsUp(t *testing.T) {
	names := []string{"cp-1", "cp-2", "cp-3"}
	b := newBench(t, names...)
	b.controlPlanes(names...)
	etcd := func() error {
		_, err := b.admin("cp-3").EtcdMemberList(b.ctx(), &machine.EtcdMemberListRequest{})
		return err
	}
	b.power(false, "cp-1")
	b.awaitStage("cp-1", StageOff)
	if err := etcd(); err != nil {
		t.Fatalf("two of three: %v", err)
	}
	b.power(false, "cp-2")
	b.awaitStage("cp-2", StageOff)
	expectCode(t, etcd(), codes.Unknown, "etcdserver: no leader")
	b.power(true, "cp-2")
	b.awaitStage("cp-2", StageRunning)
	if err := etcd(); err != nil {
		t.Fatalf("two of three again: %v", err)
	}
}

func TestMachineThatRestartsIsAway(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)
	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-1", StageRunning)
	b.fleet.opts.RestartDelay = time.Second
	from := time.Now()
	b.apply(b.admin("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, "machine: {udev: {rules: [\"KERNEL==\\\"x\\\"\"]}}"), auto)
	b.await("cp-1 is away", func() bool { return b.machine("cp-1").Stage() == StageRebooting })
	b.awaitStage("cp-1", StageRunning)
	if away := time.Since(from); away < time.Second {
		t.Fatalf("back after %s", away)
	}
}

func TestAppliedConfigurationOutlivesTheDaemon(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1")
	for name, kind := range map[string]machinetype.Type{"cp-1": machinetype.TypeControlPlane, "worker-1": machinetype.TypeWorker} {
		b.awaitStage(name, StageMaintenance)
		b.apply(b.insecure(name), b.config(name, kind), auto)
	}
	b.awaitStage("cp-1", StageBooting)
	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(b.machine("cp-1").configFile())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("configuration file: %v %v", info, err)
	}
	endpoint := b.machine("cp-1").Endpoint()
	b.fleet.Stop()
	b.start()
	b.awaitStage("cp-1", StageRunning)
	b.awaitStage("worker-1", StageRunning)
	if b.machine("cp-1").Endpoint() != endpoint {
		t.Fatal("another endpoint")
	}
	expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.AlreadyExists, "etcd data directory is not empty")
}

func TestReapplyKnowsWhatNeedsAReboot(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)
	c := b.admin("cp-1")
	if err := c.Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-1", StageRunning)

	if reply := b.apply(c, b.config("cp-1", machinetype.TypeControlPlane, "machine: {sysctls: {net.core.somaxconn: '1024'}}"), auto); reply.GetMode() != machine.ApplyConfigurationRequest_NO_REBOOT {
		t.Fatalf("sysctls: %s", reply.GetMode())
	}
	udev := b.config("cp-1", machinetype.TypeControlPlane, "machine: {udev: {rules: ['SUBSYSTEM==\"drm\"']}}")
	_, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: udev, Mode: machine.ApplyConfigurationRequest_NO_REBOOT})
	expectCode(t, err, codes.InvalidArgument, "immediate mode")
	dry, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: udev, Mode: auto, DryRun: true})
	if err != nil || dry.GetMessages()[0].GetMode() != machine.ApplyConfigurationRequest_REBOOT {
		t.Fatalf("dry run: %v %v", dry, err)
	}
	boot := bootID(t, b, c)
	if reply := b.apply(c, udev, auto); reply.GetMode() != machine.ApplyConfigurationRequest_REBOOT {
		t.Fatalf("udev: %s", reply.GetMode())
	}
	b.await("another boot id", func() bool {
		stage := b.machine("cp-1").Stage()
		now := bootID(t, b, b.admin("cp-1"))
		return stage == StageRunning && now != "" && now != boot
	})

	staged := b.config("cp-1", machinetype.TypeControlPlane, "machine: {nodeLabels: {staged: 'yes'}}")
	b.apply(b.admin("cp-1"), staged, machine.ApplyConfigurationRequest_STAGED)
	if _, ok := b.machine("cp-1").snapshot().config.Machine().NodeLabels()["staged"]; ok {
		t.Fatal("a staged configuration was taken at once")
	}
	if err := b.admin("cp-1").Reboot(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.await("the staged configuration is taken", func() bool {
		s := b.machine("cp-1").snapshot()
		return s.stage == StageRunning && s.config.Machine().NodeLabels()["staged"] == "yes"
	})
}

func bootID(t *testing.T, b *bench, c *client.Client) string {
	t.Helper()
	reader, err := c.Read(b.ctx(), "/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	defer reader.Close()
	data, err := io.ReadAll(reader)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func TestResetReturnsAMachineToMaintenance(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)
	c := b.admin("cp-1")
	if err := c.Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-1", StageRunning)

	// The last member of etcd cannot leave it: a graceful reset is accepted, fails, and the machine comes back as it was.
	boot := bootID(t, b, c)
	if err := c.Reset(b.ctx(), true, true); err != nil {
		t.Fatal(err)
	}
	b.await("another boot", func() bool {
		now := bootID(t, b, b.admin("cp-1"))
		return now != "" && now != boot && b.machine("cp-1").Stage() == StageRunning
	})
	if len(b.etcdMembers("cp-1")) != 1 {
		t.Fatal("the last member left")
	}
	c = b.admin("cp-1")

	// The provider wants an empty event first, and then to see the services stop.
	stream, err := c.Events(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if hello, err := stream.Recv(); err != nil || hello.GetData() != nil {
		t.Fatalf("first event: %v %v", hello, err)
	}
	reply, err := c.ResetGenericWithResponse(b.ctx(), &machine.ResetRequest{Reboot: true, SystemPartitionsToWipe: []*machine.ResetPartitionSpec{
		{Label: "STATE", Wipe: true}, {Label: "EPHEMERAL", Wipe: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	for !stopped {
		event, err := stream.Recv()
		if err != nil {
			t.Fatalf("services were not seen to stop: %v", err)
		}
		task := &machine.TaskEvent{}
		if strings.HasSuffix(event.GetData().GetTypeUrl(), "machine.TaskEvent") && event.GetActorId() == reply.GetMessages()[0].GetActorId() {
			if err := task.UnmarshalVT(event.GetData().GetValue()); err != nil {
				t.Fatal(err)
			}
			stopped = task.GetTask() == "stopAllServices"
		}
	}
	b.awaitStage("cp-1", StageMaintenance)
	if _, err := b.insecure("cp-1").Disks(b.ctx()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(b.machine("cp-1").configFile()); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the configuration outlived the reset")
	}
}

func TestWatchFollowsTheStage(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-1", StageBooting)
	c := b.admin("cp-1")
	events := make(chan state.Event)
	ctx, cancel := context.WithCancel(b.ctx())
	defer cancel()
	if err := c.COSI.Watch(ctx, runtime.NewMachineStatus().Metadata(), events); err != nil {
		t.Fatal(err)
	}
	if err := c.Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	for event := range events {
		if event.Type == state.Errored {
			t.Fatal(event.Error)
		}
		if r, ok := event.Resource.(*runtime.MachineStatus); ok && r.TypedSpec().Stage == runtime.MachineStageRunning {
			break
		}
	}
	volume, err := safe.StateGetByID[*block.VolumeStatus](b.ctx(), c.COSI, "EPHEMERAL")
	if err != nil || volume.TypedSpec().Size < 8<<30 {
		t.Fatalf("EPHEMERAL: %v %v", volume, err)
	}
	err = c.COSI.Destroy(b.ctx(), resource.NewMetadata(block.NamespaceName, block.DiskType, "sda", resource.VersionUndefined))
	if err == nil || !strings.Contains(err.Error(), "not authorized") {
		t.Fatalf("destroying a disk: %v", err)
	}
}

func TestCallsAreRememberedAndFaultsInjected(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	m := b.machine("cp-1")
	if err := m.Inject(Fault{Method: "Disks", Code: "Unavailable", Message: "cable pulled", Times: 2}); err != nil {
		t.Fatal(err)
	}
	if err := m.Inject(Fault{Method: "Disks", Code: "Nonsense"}); err == nil {
		t.Fatal("an unknown code was taken")
	}
	c := b.insecure("cp-1")
	for range 2 {
		_, err := c.Disks(b.ctx())
		expectCode(t, err, codes.Unavailable, "cable pulled")
	}
	if _, err := c.Disks(b.ctx()); err != nil {
		t.Fatal(err)
	}
	if err := m.Inject(Fault{Method: "ApplyConfiguration", Code: "Unavailable", Message: "reply lost", After: true}); err != nil {
		t.Fatal(err)
	}
	_, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: b.config("cp-1", machinetype.TypeControlPlane), Mode: auto})
	expectCode(t, err, codes.Unavailable, "reply lost")
	b.awaitStage("cp-1", StageBooting)

	var seen bytes.Buffer
	for _, call := range m.Calls() {
		seen.WriteString(call.Method[strings.LastIndexByte(call.Method, '/')+1:] + " " + call.Code + "\n")
	}
	want := "Disks Unavailable\nDisks Unavailable\nDisks OK\nApplyConfiguration Unavailable\n"
	if seen.String() != want {
		t.Fatalf("calls:\n%swant:\n%s", seen.String(), want)
	}
}

func TestRemovingAMachineMovesNoOther(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1", "worker-2")
	before := b.machine("worker-2").Endpoint()
	b.fleet.Stop()
	b.opts.Machines = []string{"cp-1", "worker-3", "worker-2"}
	b.start()
	if after := b.machine("worker-2").Endpoint(); after != before {
		t.Fatalf("moved from %s to %s", before, after)
	}
	if b.machine("worker-3").Address == b.machine("worker-2").Address {
		t.Fatal("two machines share an address")
	}
}
