package talos

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/blang/semver/v4"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/compatibility"
)

// installer is what the reference of an installer image says about the system that it installs.
type installer struct {
	Ref string
	// Tag is the Talos version, such as v1.13.0.
	Tag string
	// Schematic is the id of the image factory; empty for an image that is not from there.
	Schematic string
	// SecureBoot is set for images that are signed.
	SecureBoot bool
}

var schematicPattern = regexp.MustCompile(`/([0-9a-f]{64})(?:[:@]|$)`)

// parseInstaller reads a reference. An image without a version as its tag is one that no registry has.
func parseInstaller(ref string) (installer, error) {
	out := installer{Ref: ref, SecureBoot: strings.Contains(ref, "-secureboot")}
	named, _, _ := strings.Cut(ref, "@")
	slash, colon := strings.LastIndexByte(named, '/'), strings.LastIndexByte(named, ':')
	if slash <= 0 || colon < slash {
		return out, fmt.Errorf("failed to resolve reference %q: %s: not found", ref, ref)
	}
	out.Tag = named[colon+1:]
	if _, err := semver.Parse(strings.TrimPrefix(out.Tag, "v")); err != nil || !strings.HasPrefix(out.Tag, "v") {
		return out, fmt.Errorf("failed to resolve reference %q: %s: not found", ref, ref)
	}
	if match := schematicPattern.FindStringSubmatch(named); match != nil {
		out.Schematic = match[1]
	}
	return out, nil
}

// defaultInstaller is what a version of Talos installs when its configuration names no image.
func defaultInstaller(tag string) string {
	if v, err := parseVersion(tag); err == nil && v.Minor >= 14 {
		return "factory.talos.dev/metal-installer/" + schematicID(nil) + ":" + tag
	}
	return "ghcr.io/siderolabs/installer:" + tag
}

// digested is the reference by which an image that was pulled is found again, whatever its tag points at by then.
func (i installer) digested() string {
	named, _, found := strings.Cut(i.Ref, "@")
	if found {
		return i.Ref
	}
	sum := sha256.Sum256([]byte("firmament image " + named))
	return named[:strings.LastIndexByte(named, ':')] + "@sha256:" + hex.EncodeToString(sum[:])
}

// moduleExtensions carry kernel modules: a system with one of them has modules.dep as an extension too.
var moduleExtensions = []string{"siderolabs/drbd", "siderolabs/zfs"}

// knownSchematics are the images that a cloud of this project needs at least, by id.
var knownSchematics = func() map[string][]string {
	known := map[string][]string{}
	for _, extensions := range [][]string{
		nil, {"siderolabs/drbd"}, {"siderolabs/zfs"}, {"siderolabs/drbd", "siderolabs/zfs"}, {"siderolabs/zfs", "siderolabs/drbd"},
	} {
		known[schematicID(extensions)] = extensions
	}
	return known
}()

// schematicID is the hash of the canonical YAML of a schematic that only names extensions; their order counts.
func schematicID(extensions []string) string {
	var text strings.Builder
	if len(extensions) == 0 {
		text.WriteString("customization: {}\n")
	} else {
		text.WriteString("customization:\n    systemExtensions:\n        officialExtensions:\n")
		for _, extension := range extensions {
			text.WriteString("            - " + extension + "\n")
		}
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])
}

// extensionsOf are the extensions in an image; known is false for a schematic that nobody registered.
func (f *Fleet) extensionsOf(i installer) (extensions []string, known bool) {
	if extensions, known = f.opts.Schematics[i.Schematic]; known {
		return extensions, true
	}
	extensions, known = knownSchematics[i.Schematic]
	return extensions, known
}

func hasModules(extensions []string) bool {
	return slices.ContainsFunc(extensions, func(e string) bool { return slices.Contains(moduleExtensions, e) })
}

func parseVersion(tag string) (semver.Version, error) {
	return semver.ParseTolerant(strings.TrimPrefix(tag, "v"))
}

// upgradeable says why the installer of one version refuses to run on another: it asks the host for its version first,
// on installations too. The library knows its own version and older ones; 1.14 is copied here (Talos 1.14.0-rc.1).
func upgradeable(host, target string) error {
	next, err := parseVersion(target)
	if err != nil {
		return err
	}
	if next.Major == 1 && next.Minor == 14 {
		current, err := parseVersion(host)
		if err != nil {
			return err
		}
		switch {
		case current.Major < 1 || current.Major == 1 && current.Minor < 12:
			return fmt.Errorf("host version %s is too old to upgrade to Talos %s", current, next)
		case current.Major > 1 || current.Minor >= 16:
			return fmt.Errorf("host version %s is too new to downgrade to Talos %s", current, next)
		default:
			return nil
		}
	}
	to, err := compatibility.ParseTalosVersion(&machineapi.VersionInfo{Tag: target})
	if err != nil {
		return err
	}
	from, err := compatibility.ParseTalosVersion(&machineapi.VersionInfo{Tag: host})
	if err != nil {
		return err
	}
	return to.UpgradeableFrom(from)
}
