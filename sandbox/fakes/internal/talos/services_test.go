package talos

import (
	"strings"
	"testing"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
)

func install(extensions ...string) string {
	return "machine: {install: {image: '" + factory + schematicID(extensions) + ":v1.13.0'}}"
}

func (b *bench) serviceState(machine, id string) string {
	b.t.Helper()
	reply, err := b.admin(machine).ServiceList(b.ctx())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, service := range reply.GetMessages()[0].GetServices() {
		if service.GetId() == id {
			events := service.GetEvents().GetEvents()
			return service.GetState() + ": " + events[len(events)-1].GetMsg()
		}
	}
	return ""
}

func TestAnExtensionsServiceWaitsForItsModule(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1")
	b.controlPlanes("cp-1")
	b.awaitStage("worker-1", StageMaintenance)
	b.apply(b.insecure("worker-1"), b.config("worker-1", machinetype.TypeWorker, install("siderolabs/zfs")), auto)
	b.awaitStage("worker-1", StageBooting)
	time.Sleep(300 * time.Millisecond)
	if b.machine("worker-1").Stage() != StageBooting {
		t.Fatal("it runs without /dev/zfs")
	}
	if state := b.serviceState("worker-1", "ext-zfs-service"); state != `Waiting: Waiting for file "/dev/zfs" to exist` {
		t.Fatalf("service: %s", state)
	}
	status, err := safe.StateGet[*runtime.MachineStatus](b.ctx(), b.admin("worker-1").COSI, runtime.NewMachineStatus().Metadata())
	if err != nil || status.TypedSpec().Status.Ready || !strings.Contains(status.TypedSpec().Status.UnmetConditions[0].Reason, "ext-zfs-service not running") {
		t.Fatalf("status: %v %v", status, err)
	}
	// The module is loaded without a restart, and the boot ends.
	b.apply(b.admin("worker-1"), b.config("worker-1", machinetype.TypeWorker, install("siderolabs/zfs"), "machine: {kernel: {modules: [{name: zfs}]}}"), auto)
	b.awaitStage("worker-1", StageRunning)
	if state := b.serviceState("worker-1", "ext-zfs-service"); !strings.HasPrefix(state, "Running") {
		t.Fatalf("service: %s", state)
	}
}

func TestABootThatWaitsTooLongStartsAgain(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1")
	b.controlPlanes("cp-1")
	b.fleet.opts.BootTimeout = 500 * time.Millisecond
	b.awaitStage("worker-1", StageMaintenance)
	b.apply(b.insecure("worker-1"), b.config("worker-1", machinetype.TypeWorker, install("siderolabs/zfs")), auto)
	b.awaitStage("worker-1", StageBooting)
	first := bootID(t, b, b.admin("worker-1"))
	seen := map[string]bool{first: true}
	b.await("three boots", func() bool {
		if id := bootID(t, b, b.admin("worker-1")); id != "" {
			seen[id] = true
		}
		return len(seen) == 3
	})
}

func TestAModuleThatTheImageLacksIsALineInTheConsole(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	modules := "machine: {kernel: {modules: [{name: drbd, parameters: [usermode_helper=disabled]}, {name: openvswitch}]}}"
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, install(), modules), auto)
	b.awaitStage("cp-1", StageBooting)
	if text := b.console("cp-1"); !strings.Contains(text, `error loading module \"drbd\": module not found`) {
		t.Fatalf("console: %s", text)
	}
	modulesOf := func() []string {
		found, err := safe.StateListAll[*runtime.LoadedKernelModule](b.ctx(), b.admin("cp-1").COSI)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for r := range found.All() {
			names = append(names, r.Metadata().ID())
		}
		return names
	}
	if got := modulesOf(); len(got) != 1 || got[0] != "openvswitch" {
		t.Fatalf("loaded: %v", got)
	}
	// An image that has it, and the next boot.
	image := factory + drbdAndZFS + ":v1.13.0"
	if _, err := pull(b, b.admin("cp-1"), image); err != nil {
		t.Fatal(err)
	}
	if text, code, err := lifecycle(b, b.admin("cp-1"), image); code != 0 {
		t.Fatalf("%s %v", text, err)
	}
	if err := b.admin("cp-1").Reboot(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.await("it restarts", func() bool { return b.machine("cp-1").Stage() == StageRebooting })
	b.awaitStage("cp-1", StageBooting)
	if got := modulesOf(); len(got) != 2 {
		t.Fatalf("loaded: %v", got)
	}
}
