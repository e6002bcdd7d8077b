package talos

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cosi-project/runtime/pkg/safe"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// service is one of the machine's own services, none of which really runs.
type service struct {
	id, state, message string
	// health is empty where nobody asks for it, such as for services of extensions.
	health string
}

const healthy, unhealthy = "healthy", "unhealthy"

func (s service) running() bool { return s.state == "Running" }

// extensionService is the service that an extension brings, and what it waits for.
type extensionService struct{ extension, id, device, module string }

// extensionServices are those whose device only a kernel module makes.
var extensionServices = []extensionService{{extension: "siderolabs/zfs", id: "ext-zfs-service", device: "/dev/zfs", module: "zfs"}}

// serviceList is what runs on a machine, in the order of its ids.
func (m *Machine) serviceList(s snapshot) []service {
	list := []service{
		{id: "containerd", state: "Running", health: healthy}, {id: "machined", state: "Running", health: healthy},
		{id: "syslogd", state: "Running", health: healthy}, {id: "udevd", state: "Running", health: healthy},
		{id: "auditd", state: "Running", health: healthy}, {id: "apid", state: "Running", health: healthy},
	}
	if s.up() {
		list = append(list, service{id: "cri", state: "Running", health: healthy}, service{id: "kubelet", state: "Running", health: healthy})
		if s.isControlPlane() {
			list = append(list, service{id: "trustd", state: "Running", health: healthy}, m.etcdService(s))
		}
	}
	names, _ := m.fleet.extensionsOf(m.booted(s))
	for _, of := range extensionServices {
		if !slices.Contains(names, of.extension) {
			continue
		}
		if m.loaded(of.module) {
			list = append(list, service{id: of.id, state: "Running"})
		} else {
			list = append(list, service{id: of.id, state: "Waiting", message: fmt.Sprintf("Waiting for file %q to exist", of.device)})
		}
	}
	slices.SortFunc(list, func(a, b service) int { return strings.Compare(a.id, b.id) })
	return list
}

func (s *machineService) ServiceList(ctx context.Context, _ *emptypb.Empty) (*machineapi.ServiceListResponse, error) {
	m := target(ctx, s.self)
	list := &machineapi.ServiceList{}
	for _, service := range m.serviceList(m.snapshot()) {
		now := timestamppb.Now()
		text := service.message
		if text == "" {
			text = "Simulated"
		}
		list.Services = append(list.Services, &machineapi.ServiceInfo{
			Id: service.id, State: service.state,
			Events: &machineapi.ServiceEvents{Events: []*machineapi.ServiceEvent{{Msg: text, State: service.state, Ts: now}}},
			Health: &machineapi.ServiceHealth{Healthy: service.health == healthy, Unknown: service.health == "", LastChange: now},
		})
	}
	return &machineapi.ServiceListResponse{Messages: []*machineapi.ServiceList{list}}, nil
}

// unmet is what a machine that boots or runs lacks to be ready, in Talos' words.
func (m *Machine) unmet(s snapshot) []runtime.UnmetCondition {
	var problems []string
	for _, service := range m.serviceList(s) {
		switch {
		case !service.running():
			problems = append(problems, service.id+" not running")
		case service.health == unhealthy:
			problems = append(problems, service.id+" not healthy")
		}
	}
	var out []runtime.UnmetCondition
	add := func(name string, problems []string) {
		if len(problems) > 0 {
			out = append(out, runtime.UnmetCondition{Name: name, Reason: strings.Join(problems, ", ")})
		}
	}
	if m.troubled(clockNotSynced) {
		add("time", []string{"time is not synced"})
	}
	add("services", problems)
	if m.fleet.opts.ControlPlane.Supervisor == nil {
		return out // without API servers nobody asks for nodes
	}
	problems = nil
	if pods, err := safe.StateListAll[*k8s.StaticPodStatus](context.Background(), m.resources); err == nil {
		for pod := range pods.All() {
			if phase, _ := pod.TypedSpec().PodStatus["phase"].(string); phase != "Running" {
				problems = append(problems, pod.Metadata().ID()+" "+strings.ToLower(phase))
			}
		}
	}
	add("staticPods", problems)
	name := m.hostname(s)
	node, err := safe.StateGetByID[*k8s.NodeStatus](context.Background(), m.resources, name)
	switch {
	case err != nil:
		add("nodeReady", []string{fmt.Sprintf("node %q status is not available yet", name)})
	case !node.TypedSpec().NodeReady:
		add("nodeReady", []string{fmt.Sprintf("node %q is not ready", name)})
	}
	return out
}
