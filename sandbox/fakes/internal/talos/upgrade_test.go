package talos

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	configres "github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc/codes"
)

const (
	drbdAndZFS = "98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612" // the image factory's own id
	factory    = "factory.talos.dev/metal-installer/"
)

var system = &common.ContainerdInstance{Driver: common.ContainerDriver_CRI, Namespace: common.ContainerdNamespace_NS_SYSTEM}

func pull(b *bench, c *client.Client, ref string) (string, error) {
	stream, err := c.ImageClient.Pull(b.ctx(), &machine.ImageServicePullRequest{Containerd: system, ImageRef: ref})
	for err == nil {
		var reply *machine.ImageServicePullResponse
		if reply, err = stream.Recv(); err == nil && reply.GetName() != "" {
			return reply.GetName(), nil
		}
	}
	return "", err
}

// lifecycle upgrades as talosctl 1.13 does, and gives what the installer said and its exit code.
func lifecycle(b *bench, c *client.Client, name string) (string, int32, error) {
	stream, err := c.LifecycleClient.Upgrade(b.ctx(), &machine.LifecycleServiceUpgradeRequest{
		Containerd: system, Source: &machine.InstallArtifactsSource{ImageName: name},
	})
	var text strings.Builder
	code := int32(-1)
	for err == nil {
		var reply *machine.LifecycleServiceUpgradeResponse
		if reply, err = stream.Recv(); err != nil {
			break
		}
		text.WriteString(reply.GetProgress().GetMessage())
		if exit, ok := reply.GetProgress().GetResponse().(*machine.LifecycleServiceInstallProgress_ExitCode); ok {
			code = exit.ExitCode
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return text.String(), code, err
}

func (b *bench) extensions(name string) map[string]string {
	b.t.Helper()
	found, err := safe.StateListAll[*runtime.ExtensionStatus](b.ctx(), b.admin(name).COSI)
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]string{}
	for r := range found.All() {
		out[r.TypedSpec().Metadata.Name] = r.TypedSpec().Metadata.Version
	}
	return out
}

func TestLifecycleUpgradeInstallsAndTheNextBootRunsIt(t *testing.T) {
	b := newBench(t, "cp-1")
	b.controlPlanes("cp-1")
	c := b.admin("cp-1")
	next := factory + drbdAndZFS + ":v1.13.3"

	_, _, err := lifecycle(b, c, next)
	expectCode(t, err, codes.Internal, "not found in containerd store")
	_, err = pull(b, c, factory+drbdAndZFS+":latest")
	expectCode(t, err, codes.NotFound, "error pulling image")
	name, err := pull(b, c, next)
	if err != nil || !strings.HasPrefix(name, factory+drbdAndZFS+"@sha256:") {
		t.Fatalf("pull: %q %v", name, err)
	}
	// Neither the majority of etcd nor another machine's upgrade is looked at, and nothing restarts.
	text, code, err := lifecycle(b, c, name)
	if err != nil || code != 0 || !strings.Contains(text, "installation of v1.13.3 complete") {
		t.Fatalf("upgrade: %q %d %v", text, code, err)
	}
	if b.tag("cp-1") != "v1.13.0" || b.machine("cp-1").Stage() != StageRunning {
		t.Fatal("the upgrade took effect without a restart")
	}
	if err := c.Reboot(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.await("the new version", func() bool { return b.tag("cp-1") == "v1.13.3" })
	got := b.extensions("cp-1")
	if len(got) != 4 || got["drbd"] == "" || got["zfs"] == "" || got["modules.dep"] == "" || got["schematic"] != drbdAndZFS {
		t.Fatalf("extensions: %v", got)
	}

	// What is on the disk outlives the daemon.
	b.fleet.Stop()
	b.start()
	b.await("the new version again", func() bool { return b.tag("cp-1") == "v1.13.3" })

	if err := b.admin("cp-1").Rollback(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.await("the old version", func() bool { return b.tag("cp-1") == "v1.13.0" })
	if len(b.extensions("cp-1")) != 0 {
		t.Fatalf("extensions of the old image: %v", b.extensions("cp-1"))
	}
}

func TestInstallerRefusesVersionsTooFarAway(t *testing.T) {
	b := newBench(t, "cp-1")
	b.controlPlanes("cp-1")
	c := b.admin("cp-1")
	for tag, want := range map[string]string{
		"v1.11.0":      "too new to downgrade", // by two: 1.11 takes hosts below 1.13 only
		"v1.10.0":      "too new to downgrade",
		"v1.14.0-rc.1": "ok",
		"v1.15.0":      "are not supported",
	} {
		image := "ghcr.io/siderolabs/installer:" + tag
		if _, err := pull(b, c, image); err != nil {
			t.Fatal(err)
		}
		text, code, err := lifecycle(b, c, image)
		if err != nil {
			t.Fatal(err)
		}
		if want == "ok" {
			if code != 0 {
				t.Errorf("%s: %q", tag, text)
			}
			continue
		}
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("%s: exit code %d, %q", tag, code, text)
		}
	}
}

func TestLegacyUpgradeChecksEtcdAndRestarts(t *testing.T) {
	b := newBench(t, "cp-1", "cp-2", "cp-3")
	b.awaitStage("cp-1", StageMaintenance)
	b.controlPlanes("cp-1", "cp-2")
	image := "ghcr.io/siderolabs/installer:v1.13.3"
	upgrade := func(name string, opts ...client.UpgradeOption) error {
		_, err := b.admin(name).UpgradeWithOptions(b.ctx(), append([]client.UpgradeOption{client.WithUpgradeImage(image)}, opts...)...)
		return err
	}
	expectCode(t, upgrade("cp-1"), codes.Unknown, "etcd member count(2) is insufficient")
	b.awaitStage("cp-3", StageMaintenance)
	b.apply(b.insecure("cp-3"), b.config("cp-3", machinetype.TypeControlPlane), auto)
	b.awaitStage("cp-3", StageRunning)
	expectCode(t, upgrade("cp-1", client.WithUpgradeImage("ghcr.io/siderolabs/installer")), codes.Unknown, "error validating installer image")

	unlock, ok := b.fleet.upgrades.try(clusterKey(b.machine("cp-1").snapshot().config))
	if !ok {
		t.Fatal("locked")
	}
	expectCode(t, upgrade("cp-1"), codes.Unknown, "mutex: Locked by another session")
	unlock()

	b.power(false, "cp-3")
	b.awaitStage("cp-3", StageOff)
	expectCode(t, upgrade("cp-1"), codes.DeadlineExceeded, "all members must be healthy")
	if err := upgrade("cp-1", client.WithUpgradeForce(true)); err != nil {
		t.Fatal(err)
	}
	b.await("forced all the same", func() bool { return b.tag("cp-1") == "v1.13.3" })
	b.power(true, "cp-3")
	for _, name := range []string{"cp-1", "cp-2", "cp-3"} {
		b.awaitStage(name, StageRunning)
	}
	if err := upgrade("cp-2"); err != nil {
		t.Fatal(err)
	}
	b.await("cp-2 is new", func() bool { return b.tag("cp-2") == "v1.13.3" })

	// An installer that refuses costs a restart and changes nothing.
	boot := bootID(t, b, b.admin("cp-3"))
	if err := upgrade("cp-3", client.WithUpgradeImage("ghcr.io/siderolabs/installer:v1.15.0")); err != nil {
		t.Fatal(err)
	}
	b.await("cp-3 is back", func() bool {
		now := bootID(t, b, b.admin("cp-3"))
		return now != "" && now != boot && b.machine("cp-3").Stage() == StageRunning
	})
	if b.tag("cp-3") != "v1.13.0" {
		t.Fatalf("cp-3 runs %s", b.tag("cp-3"))
	}
	// A staged one restarts twice.
	if err := upgrade("cp-3", client.WithUpgradeStage(true)); err != nil {
		t.Fatal(err)
	}
	b.await("cp-3 is new", func() bool { return b.tag("cp-3") == "v1.13.3" })
}

func TestInstalledImageStaysWhenOnlyTheConfigurationIsWiped(t *testing.T) {
	b := newBench(t, "cp-1")
	b.controlPlanes("cp-1")
	wipe := func(partitions ...*machine.ResetPartitionSpec) {
		t.Helper()
		if _, err := b.admin("cp-1").ResetGenericWithResponse(b.ctx(), &machine.ResetRequest{Reboot: true, SystemPartitionsToWipe: partitions}); err != nil {
			t.Fatal(err)
		}
		b.awaitStage("cp-1", StageMaintenance)
	}
	_, err := b.admin("cp-1").ResetGenericWithResponse(b.ctx(), &machine.ResetRequest{
		Reboot: true, SystemPartitionsToWipe: []*machine.ResetPartitionSpec{{Label: "NOSUCH", Wipe: true}},
	})
	expectCode(t, err, codes.Unknown, `failed to get volume status with label "NOSUCH"`)

	other := b.config("cp-1", machinetype.TypeControlPlane, "machine: {install: {image: 'ghcr.io/siderolabs/installer:v1.13.3'}}")
	wipe(&machine.ResetPartitionSpec{Label: "STATE", Wipe: true}, &machine.ResetPartitionSpec{Label: "EPHEMERAL", Wipe: true})
	b.apply(b.insecure("cp-1"), other, auto)
	b.awaitStage("cp-1", StageBooting)
	if b.tag("cp-1") != "v1.13.0" {
		t.Fatalf("a configuration replaced what is installed: %s", b.tag("cp-1"))
	}
	wipe()
	b.apply(b.insecure("cp-1"), other, auto)
	b.await("an empty disk takes the image of the configuration", func() bool { return b.tag("cp-1") == "v1.13.3" })
}

func TestFirstInstallationThatFailsLosesTheConfiguration(t *testing.T) {
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, "machine: {install: {image: 'ghcr.io/siderolabs/installer:v1.10.0'}}"), auto)
	b.await("cp-1 tries", func() bool { return b.machine("cp-1").Stage() != StageMaintenance })
	b.awaitStage("cp-1", StageMaintenance)
	if _, err := os.Stat(b.machine("cp-1").configFile()); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the configuration is kept")
	}
}

func TestSecureBootFollowsImageAndFirmware(t *testing.T) {
	signed := "factory.talos.dev/metal-installer-secureboot/" + drbdAndZFS + ":v1.13.0"
	for _, c := range []struct {
		firmware SecureBoot
		image    string
		starts   bool
		reports  bool
	}{
		{"", signed, true, true},
		{"", factory + drbdAndZFS + ":v1.13.0", true, false},
		{SecureBootOff, signed, true, false},
		{SecureBootOn, signed, true, true},
		{SecureBootOn, factory + drbdAndZFS + ":v1.13.0", false, false},
	} {
		b := newBench(t)
		b.fleet.Stop()
		b.opts.Machines, b.opts.Hardware = []string{"cp-1"}, map[string]Hardware{"cp-1": {SecureBoot: c.firmware}}
		b.start()
		b.awaitStage("cp-1", StageMaintenance)
		b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, "machine: {install: {image: '"+c.image+"'}}"), auto)
		if !c.starts {
			b.awaitStage("cp-1", StageOff)
			continue
		}
		b.awaitStage("cp-1", StageBooting)
		state, err := safe.StateGetByID[*runtime.SecurityState](b.ctx(), b.admin("cp-1").COSI, runtime.SecurityStateID)
		if err != nil || state.TypedSpec().SecureBoot != c.reports {
			t.Errorf("%+v: %v %v", c, state, err)
		}
	}
}

func TestStagedConfigurationIsThePersistentOne(t *testing.T) {
	b := newBench(t, "cp-1")
	b.controlPlanes("cp-1")
	label := func(id string) string {
		found, err := safe.StateGetByID[*configres.MachineConfig](b.ctx(), b.admin("cp-1").COSI, id)
		if err != nil {
			t.Fatal(err)
		}
		return found.Config().Machine().NodeLabels()["rack"]
	}
	b.apply(b.admin("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, "machine: {nodeLabels: {rack: r2}}"), machine.ApplyConfigurationRequest_STAGED)
	if label(configres.PersistentID) != "r2" || label(configres.ActiveID) != "" {
		t.Fatalf("persistent %q, active %q", label(configres.PersistentID), label(configres.ActiveID))
	}
	if _, err := b.admin("cp-1").ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{
		Data: b.config("cp-1", machinetype.TypeControlPlane, "machine: {nodeLabels: {rack: r3}}"), Mode: machine.ApplyConfigurationRequest_TRY,
	}); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(2*time.Second, "the trial runs", func() bool { return label(configres.ActiveID) == "r3" })
	if label(configres.PersistentID) != "r2" {
		t.Fatalf("a trial was written down: %q", label(configres.PersistentID))
	}
}
