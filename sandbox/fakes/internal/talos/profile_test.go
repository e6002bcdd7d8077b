package talos

import (
	"strings"
	"testing"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"google.golang.org/grpc/codes"
)

func applyRequest(data []byte) *machine.ApplyConfigurationRequest {
	return &machine.ApplyConfigurationRequest{Data: data, Mode: auto}
}

// boots starts a control plane of a version, in maintenance mode.
func boots(t *testing.T, tag string) *bench {
	t.Helper()
	b := newBench(t)
	b.equip(map[string]Hardware{"cp-1": {TalosVersion: tag}})
	return b
}

func installs(tag string) string {
	return "machine: {install: {image: 'ghcr.io/siderolabs/installer:" + tag + "'}}"
}

func TestTalos12HasAMaintenanceServerOfItsOwn(t *testing.T) {
	b := boots(t, "v1.12.4")
	c := b.insecure("cp-1")
	if _, err := c.Disks(b.ctx()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Version(b.ctx())
	expectCode(t, err, codes.Unimplemented, "API is not implemented in maintenance mode")
	expectCode(t, c.Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.Unimplemented, "method Bootstrap not implemented")
	_, err = c.Memory(b.ctx())
	expectCode(t, err, codes.Unimplemented, "not implemented")

	_, err = c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: []byte("no: good"), Mode: auto})
	expectCode(t, err, codes.Unknown, "failed to parse config")
	data := b.config("cp-1", machinetype.TypeControlPlane, installs("v1.12.4"))
	for _, mode := range []machine.ApplyConfigurationRequest_Mode{machine.ApplyConfigurationRequest_NO_REBOOT, machine.ApplyConfigurationRequest_STAGED} {
		_, err = c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: data, Mode: mode})
		expectCode(t, err, codes.Unimplemented, "is not supported in maintenance mode")
	}
	// The mode of the answer is not set, which reads as REBOOT.
	dry, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: data, Mode: auto, DryRun: true})
	if err != nil || dry.GetMessages()[0].GetMode() != machine.ApplyConfigurationRequest_REBOOT {
		t.Fatalf("dry run: %v %v", dry, err)
	}
	_, err = c.ApplyConfiguration(b.ctx(), applyRequest(b.config("cp-1", machinetype.TypeControlPlane, "machine: {kubelet: {image: 'ghcr.io/siderolabs/kubelet:v1.36.0'}}")))
	expectCode(t, err, codes.InvalidArgument, "too new to be used with Talos 1.12.4")
	b.apply(c, data, auto)
	b.awaitStage("cp-1", StageBooting)

	_, _, err = lifecycle(b, b.admin("cp-1"), "ghcr.io/siderolabs/installer:v1.13.0")
	expectCode(t, err, codes.Unimplemented, "unknown service machine.LifecycleService")
	_, err = pull(b, b.admin("cp-1"), "ghcr.io/siderolabs/installer:v1.13.0")
	expectCode(t, err, codes.Unimplemented, "unknown service machine.ImageService")
	manifests, err := safe.StateGet[*k8s.BootstrapManifestsConfig](b.ctx(), b.admin("cp-1").COSI, k8s.NewBootstrapManifestsConfig().Metadata())
	if err != nil || manifests.TypedSpec().CNIName != "" {
		t.Fatalf("manifests: %v %v", manifests, err)
	}
	// The old way of upgrading is the one that it has, and the new version behaves as itself.
	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	b.awaitStage("cp-1", StageRunning)
	if _, err := b.admin("cp-1").Upgrade(b.ctx(), "ghcr.io/siderolabs/installer:v1.13.3", false, false); err != nil {
		t.Fatal(err)
	}
	b.await("1.13", func() bool { return b.tag("cp-1") == "v1.13.3" && b.machine("cp-1").Stage() == StageRunning })
	if _, err := pull(b, b.admin("cp-1"), "ghcr.io/siderolabs/installer:v1.13.3"); err != nil {
		t.Fatal(err)
	}
}

func TestTalos14TakesConfigurationsWithoutRestarts(t *testing.T) {
	b := boots(t, "v1.14.0-rc.1")
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, installs("v1.14.0-rc.1")), machine.ApplyConfigurationRequest_REBOOT)
	b.awaitStage("cp-1", StageBooting)
	c := b.admin("cp-1")
	udev := b.config("cp-1", machinetype.TypeControlPlane, installs("v1.14.0-rc.1"), `machine: {udev: {rules: ['SUBSYSTEM=="drm"']}}`)
	_, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: udev, Mode: machine.ApplyConfigurationRequest_REBOOT})
	expectCode(t, err, codes.Unimplemented, "the REBOOT mode is not supported")
	boot := bootID(t, b, c)
	if reply := b.apply(c, udev, auto); reply.GetMode() != machine.ApplyConfigurationRequest_NO_REBOOT {
		t.Fatalf("mode %s", reply.GetMode())
	}
	if bootID(t, b, b.admin("cp-1")) != boot {
		t.Fatal("it restarted")
	}
	_, err = c.ApplyConfiguration(b.ctx(), applyRequest(b.config("cp-1", machinetype.TypeControlPlane, "machine: {kubelet: {image: 'ghcr.io/siderolabs/kubelet:v1.31.9'}}")))
	expectCode(t, err, codes.InvalidArgument, "too old to be used with Talos 1.14.0-rc.1")
	b.apply(c, b.config("cp-1", machinetype.TypeControlPlane, "machine: {kubelet: {image: 'ghcr.io/siderolabs/kubelet:v1.37.1'}}"), auto)
}

func TestOneConfigurationAtATimeSince1133(t *testing.T) {
	for tag, refused := range map[string]bool{"v1.13.2": false, "v1.13.3": true, "v1.14.0-rc.1": true} {
		b := boots(t, tag)
		m := b.machine("cp-1")
		m.applying.Lock() // somebody else's is being taken
		_, err := b.insecure("cp-1").ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{
			Data: b.config("cp-1", machinetype.TypeControlPlane), Mode: auto, DryRun: true,
		})
		m.applying.Unlock()
		if !refused && err != nil {
			t.Errorf("%s: %v", tag, err)
		}
		if refused {
			expectCode(t, err, codes.FailedPrecondition, "another apply configuration is already in progress")
		}
	}
}

func TestVersionsThatMayFollowEachOther(t *testing.T) {
	for _, c := range []struct{ host, target, fault string }{
		{"v1.12.3", "v1.13.0", ""}, {"v1.13.0", "v1.12.3", ""}, {"v1.12.0", "v1.14.0", ""}, {"v1.13.9", "v1.14.0-rc.1", ""},
		{"v1.15.2", "v1.14.0", ""}, {"v1.11.0", "v1.14.0", "too old"}, {"v1.16.0", "v1.14.1", "too new"}, {"v1.10.0", "v1.13.0", "too old"},
		{"v1.14.0", "v1.12.0", "too new"}, {"v1.14.0", "v1.13.0", ""},
	} {
		err := upgradeable(c.host, c.target)
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s to %s: %v", c.host, c.target, err)
		}
	}
}
