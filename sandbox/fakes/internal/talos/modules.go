package talos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
)

// extensionModules are kernel modules that only an extension brings. Any other name counts as in every image: the sandbox
// does not know what kernels are built with.
var extensionModules = map[string]string{
	"drbd": "siderolabs/drbd", "drbd_transport_tcp": "siderolabs/drbd", "drbd_transport_rdma": "siderolabs/drbd",
	"drbd_transport_lb-tcp": "siderolabs/drbd", "zfs": "siderolabs/zfs", "spl": "siderolabs/zfs",
}

// loadModules loads what the configuration names. A module that the image does not have is an error in the console, tried
// again for ever; the machine goes on without. Nothing is unloaded before the next boot.
func (m *Machine) loadModules() {
	s := m.snapshot()
	if s.config == nil {
		return
	}
	names, _ := m.fleet.extensionsOf(m.booted(s))
	var faults []string
	for _, module := range s.config.Machine().Kernel().Modules() {
		spec := runtime.NewKernelModuleSpec(runtime.NamespaceName, module.Name())
		spec.TypedSpec().Name, spec.TypedSpec().Parameters = module.Name(), module.Parameters()
		put(m, spec)
		if extension, ok := extensionModules[module.Name()]; ok && !slices.Contains(names, extension) {
			faults = append(faults, fmt.Sprintf("error loading module %q: module not found", module.Name()))
			continue
		}
		m.mu.Lock()
		m.modules = append(m.modules, module.Name())
		m.mu.Unlock()
		r := runtime.NewLoadedKernelModule(runtime.NamespaceName, module.Name())
		r.TypedSpec().State = "Live"
		put(m, r)
	}
	if len(faults) > 0 {
		m.complain("runtime.KernelModuleSpecController", strings.Join(faults, "\n"))
	}
}

func (m *Machine) loaded(module string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.modules, module)
}

// unloadModules is what a boot begins with.
func (m *Machine) unloadModules() {
	m.mu.Lock()
	modules := m.modules
	m.modules = nil
	m.mu.Unlock()
	for _, module := range modules {
		m.remove(runtime.NewLoadedKernelModule(runtime.NamespaceName, module).Metadata())
		m.remove(runtime.NewKernelModuleSpec(runtime.NamespaceName, module).Metadata())
	}
}
