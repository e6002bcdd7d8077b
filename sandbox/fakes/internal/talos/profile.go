package talos

import (
	"context"
	"errors"
	"fmt"
	"strings"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/compatibility"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/types/v1alpha1"
	"github.com/siderolabs/talos/pkg/machinery/gendata"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// profile is how the Talos version that runs differs from others (1.12.0, 1.13.0, 1.13.3, 1.14.0-rc.1).
type profile struct {
	tag          string
	minor, patch uint64
}

func (m *Machine) profile(s snapshot) profile {
	tag := m.version(s)
	v, err := parseVersion(tag)
	if err != nil {
		return profile{tag: tag, minor: 13}
	}
	return profile{tag, v.Minor, v.Patch}
}

// separateMaintenance is a server of its own for machines without configuration, with few methods.
func (p profile) separateMaintenance() bool { return p.minor < 13 }

// lifecycle says whether there are services for images and for upgrades.
func (p profile) lifecycle() bool { return p.minor >= 13 }

// namesCNI says whether the resource of bootstrap manifests says which CNI was configured.
func (p profile) namesCNI() bool { return p.minor >= 13 }

// appliesOne says whether a second configuration is refused while one is taken.
func (p profile) appliesOne() bool { return p.minor >= 14 || p.minor == 13 && p.patch >= 3 }

// restarts says whether configurations can restart a machine.
func (p profile) restarts() bool { return p.minor < 14 }

// etcd is the version that it runs without another one in its configuration.
func (p profile) etcd() string {
	switch {
	case p.minor >= 14:
		return "3.7.1"
	case p.minor == 13:
		return "3.6.9"
	default:
		return "3.6.7"
	}
}

// served refuses what a version does not have.
func (p profile) served(method string, maintenance bool) error {
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	if !p.lifecycle() && (service == "machine.LifecycleService" || service == "machine.ImageService") {
		return status.Errorf(codes.Unimplemented, "unknown service %s", service)
	}
	if !maintenance || !p.separateMaintenance() || method == openInMaintenance || method == "/storage.StorageService/Disks" ||
		service == "cosi.resource.State" {
		return nil
	}
	switch name {
	case "Version", "Upgrade", "Reset", "MetaWrite", "MetaDelete":
		return status.Error(codes.Unimplemented, "API is not implemented in maintenance mode")
	case "GenerateClientConfiguration":
		return status.Error(codes.Unimplemented, "client configuration (talosconfig) can't be generated in the maintenance mode")
	default:
		return status.Errorf(codes.Unimplemented, "method %s not implemented", name)
	}
}

// kubernetesRange14 is what Talos 1.14 runs; the library knows up to its own version.
var kubernetesRange14 = [2]uint64{32, 37}

// supports says why a version of Talos does not run an image of Kubernetes.
func (p profile) supports(image string) error {
	_, tag, found := strings.Cut(image, ":v")
	if !found {
		return fmt.Errorf("failed to parse Kubernetes version from image reference %q: invalid image reference: %q", image, image)
	}
	tag, _, _ = strings.Cut(tag, "@")
	version, err := compatibility.ParseKubernetesVersion(tag)
	if err != nil {
		return err
	}
	if p.minor >= 14 {
		v, err := parseVersion(tag)
		switch {
		case err != nil:
			return err
		case v.Major == 1 && v.Minor < kubernetesRange14[0]:
			return fmt.Errorf("version of Kubernetes %s is too old to be used with Talos %s", v, strings.TrimPrefix(p.tag, "v"))
		case v.Major > 1 || v.Minor > kubernetesRange14[1]:
			return fmt.Errorf("version of Kubernetes %s is too new to be used with Talos %s", v, strings.TrimPrefix(p.tag, "v"))
		default:
			return nil
		}
	}
	talos, err := compatibility.ParseTalosVersion(&machineapi.VersionInfo{Tag: p.tag})
	if err != nil {
		return err
	}
	return version.SupportedWith(talos)
}

// runtimeValidate checks a configuration against the machine. The library does it for its own version; for others the
// same is asked of theirs.
func (m *Machine) runtimeValidate(ctx context.Context, next config.Provider, mode metal, p profile) ([]string, error) {
	library, err := parseVersion(gendata.VersionTag)
	if err != nil {
		return nil, err
	}
	if p.minor == library.Minor {
		return next.RuntimeValidate(ctx, m.resources, mode)
	}
	c := next.RawV1Alpha1()
	if c == nil || c.MachineConfig == nil {
		return nil, nil
	}
	var faults []error
	if expression, err := next.Machine().Install().DiskMatchExpression(); mode.RequiresInstall() && (err != nil || expression != nil) {
		if _, err := m.installDisk(ctx, next); err != nil {
			faults = append(faults, err)
		}
	}
	for name, image := range imagesOf(c) {
		if err := p.supports(image); err != nil {
			faults = append(faults, fmt.Errorf("%s image is not valid: %w", name, err))
		}
	}
	return nil, errors.Join(faults...)
}

func imagesOf(c *v1alpha1.Config) map[string]string {
	images := map[string]string{"kubelet": c.Machine().Kubelet().Image()}
	if c.ClusterConfig != nil && c.Machine().Type().IsControlPlane() {
		images["kube-apiserver"] = c.Cluster().APIServer().Image()
		images["kube-controller-manager"] = c.Cluster().ControllerManager().Image()
		images["kube-scheduler"] = c.Cluster().Scheduler().Image()
	}
	return images
}
