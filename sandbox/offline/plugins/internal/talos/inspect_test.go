package talos

import (
	"testing"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/resources/block"

	"firmament.example/sandbox/offline/plugins/internal/providertest"
)

func TestDisksOfAMachineInMaintenance(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	for name, size := range map[string]uint64{"nvme0n1": 960e9, "sda": 4e9} {
		disk := block.NewDisk(block.NamespaceName, name)
		disk.TypedSpec().DevPath, disk.TypedSpec().Size, disk.TypedSpec().Transport = "/dev/"+name, size, "nvme"
		s.must(machine.resources.Create(t.Context(), disk))
	}
	paths := func(selector string) []string {
		found, err := s.engine.Invoke("talos:machine/getDisks:getDisks", s.target(machine, values{"selector": selector}))
		s.must(err)
		s.mustBe(found["id"].StringValue(), "machine_disks")
		var paths []string
		for _, disk := range found["disks"].ArrayValue() {
			paths = append(paths, disk.ObjectValue()["devPath"].StringValue())
		}
		return paths
	}
	s.mustBe(paths(""), []string{"/dev/nvme0n1", "/dev/sda"})
	s.mustBe(paths("disk.size > 100u * GB"), []string{"/dev/nvme0n1"})
	_, err := s.engine.Invoke("talos:machine/getDisks:getDisks", s.target(machine, values{"selector": "disk.sise > 1u"}))
	s.mustFail(err, `selector: "disk.sise > 1u" — must be a CEL expression`)
}

func TestKubeconfigAsAFunctionIsPlain(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	s.must(s.engine.Resource(applyToken).Up(s.target(machine, values{
		"machineConfigurationInput": s.config(nil)["machineConfiguration"],
	})))
	found, err := s.engine.Invoke("talos:cluster/getKubeconfig:getKubeconfig", s.target(machine, nil))
	s.must(err)
	s.mustBe(found["id"].StringValue(), "berlin")
	s.mustBe(len(providertest.Secrets(found)), 0)
	s.mustBe(found["kubernetesClientConfiguration"].ObjectValue()["host"].StringValue(), "https://192.0.2.1:6443")
}

func TestHealthSaysWhatIsMissing(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	s.must(s.engine.Resource(applyToken).Up(s.target(machine, values{
		"machineConfigurationInput": s.config(nil)["machineConfiguration"],
	})))
	args := values{
		"clientConfiguration": s.client(), "endpoints": []any{machine.address}, "controlPlaneNodes": []any{"127.0.0.1"},
		"timeouts": values{"read": "500ms"},
	}
	started := time.Now()
	_, err := s.engine.Invoke("talos:cluster/getHealth:getHealth", args)
	s.mustFail(err, "cluster is not healthy after 500ms: .*etcd")
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("gave up only after %s", took)
	}
	args["controlPlaneNodes"] = []any{"cp-1"}
	_, err = s.engine.Invoke("talos:cluster/getHealth:getHealth", args)
	s.mustFail(err, "controlPlaneNodes: must be IP addresses")
}
