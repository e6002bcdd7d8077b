package talos

import (
	"strconv"

	"github.com/siderolabs/talos/pkg/machinery/extensions"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
)

// SecureBoot is how the firmware of a machine checks what it boots.
type SecureBoot string

// States of a firmware's Secure Boot.
const (
	// SecureBootSetup takes the keys of the first signed image: a machine reports what its installer is. The default.
	SecureBootSetup SecureBoot = "setup"
	// SecureBootOff boots everything, and reports that nothing was checked.
	SecureBootOff SecureBoot = "off"
	// SecureBootOn boots signed images only: with another one the machine never comes back.
	SecureBootOn SecureBoot = "on"
)

// booted is the image that a machine booted: what is on its disk or, without that, the medium it is started from.
func (m *Machine) booted(s snapshot) installer {
	if s.kept.Booted != "" {
		if image, err := parseInstaller(s.kept.Booted); err == nil {
			return image
		}
	}
	return m.medium()
}

// medium is what a machine boots whose disk is empty.
func (m *Machine) medium() installer {
	return installer{Tag: orElse(m.hardware.TalosVersion, m.fleet.opts.TalosVersion), SecureBoot: m.secureBoot() == SecureBootOn}
}

func (m *Machine) secureBoot() SecureBoot {
	return m.hardware.SecureBoot
}

// version is the Talos version that runs.
func (m *Machine) version(s snapshot) string { return m.booted(s).Tag }

// starts reports whether the firmware boots an image.
func (m *Machine) starts(image installer) bool {
	return m.secureBoot() != SecureBootOn || image.SecureBoot
}

// kernels are the kernel versions of Talos' minor versions.
func kernelOf(tag string) string {
	v, err := parseVersion(tag)
	switch {
	case err != nil || v.Minor >= 13:
		return "6.18.0-talos"
	default:
		return "6.12.0-talos"
	}
}

// extensions are what the image that runs consists of, in its order. The image factory adds one called "schematic" that
// says which one it is, and Talos one with the dependencies of kernel modules.
func (m *Machine) extensions(s snapshot) []extensions.Metadata {
	image := m.booted(s)
	names, _ := m.fleet.extensionsOf(image)
	var layers []extensions.Metadata
	for _, name := range names {
		layers = append(layers, extensions.Metadata{
			Name: baseName(name), Version: image.Tag, Author: "Sidero Labs", Description: "simulated",
		})
	}
	if image.Schematic != "" {
		layers = append(layers, extensions.Metadata{
			Name: "schematic", Version: image.Schematic, Author: "Image Factory",
			Description: "Virtual extension which specifies the schematic of the image built with Image Factory.",
		})
	}
	if hasModules(names) {
		layers = append(layers, extensions.Metadata{Name: "modules.dep", Version: kernelOf(image.Tag), Author: "Talos Machinery"})
	}
	return layers
}

// publishSoftware shows the extensions, and what is known of their signatures.
func (m *Machine) publishSoftware() {
	s := m.snapshot()
	layers := m.extensions(s)
	for i, metadata := range layers {
		r := runtime.NewExtensionStatus(runtime.NamespaceName, strconv.Itoa(i))
		r.TypedSpec().Image, r.TypedSpec().Metadata = strconv.Itoa(i)+".sqsh", metadata
		put(m, r)
	}
	for i := len(layers); i < m.layers; i++ {
		m.remove(runtime.NewExtensionStatus(runtime.NamespaceName, strconv.Itoa(i)).Metadata())
	}
	m.layers = len(layers)

	security := runtime.NewSecurityStateSpec(runtime.NamespaceName)
	security.TypedSpec().SecureBoot = m.booted(s).SecureBoot && m.secureBoot() != SecureBootOff
	security.TypedSpec().BootedWithUKI = true
	security.TypedSpec().SELinuxState = runtime.SELinuxStatePermissive
	put(m, security)
}
