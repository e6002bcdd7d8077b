package workloads

import (
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Program is what the sandbox runs in the place of the containers of an image.
type Program struct {
	// Image is the end of the image's repository, from the beginning of a path element on.
	Image string
	// Tool is the name of the executable in daemon.json. Where it is not given, KWOK's word has to do.
	Tool string
	// Ports are flags with a port that the program listens on: a port of the sandbox takes the place of each, because
	// all pods share one machine.
	Ports []PortFlag
	// Flags win over the container's own, by name without dashes: what cannot be as in a container.
	Flags map[string]string
}

// PortFlag is a flag that says where a program listens.
type PortFlag struct {
	Name string
	// Default is the port where the flag is left out; 0: it listens on none then.
	Default int
	// Address says that the value is host:port instead of a port.
	Address bool
}

// Programs of the sandbox. The container brings its arguments, variables and volumes itself.
var Programs = []Program{
	{
		Image: "kubevirt/kubevirt-cloud-controller-manager", Tool: "kubevirt-ccm",
		Ports: []PortFlag{{Name: "secure-port", Default: 10258}},
		Flags: map[string]string{"bind-address": "127.0.0.1"},
	},
	{Image: "kubevirt/kubevirt-csi-driver", Tool: "kubevirt-csi-driver"},
	{Image: "sig-storage/csi-provisioner", Tool: "csi-provisioner"},
	{Image: "sig-storage/csi-attacher", Tool: "csi-attacher"},
	{Image: "sig-storage/csi-resizer", Tool: "csi-resizer"},
	{
		Image: "autoscaling/cluster-autoscaler", Tool: "cluster-autoscaler",
		Ports: []PortFlag{{Name: "address", Default: 8085, Address: true}},
	},
}

// Available are the programs whose tool is there.
func Available(programs []Program, tools map[string]string) []Program {
	return slices.DeleteFunc(slices.Clone(programs), func(p Program) bool { return tools[p.Tool] == "" })
}

// Pattern matches the images of all programs, in the words of Go and of KWOK; empty where there are none.
func Pattern(programs []Program) string {
	if len(programs) == 0 {
		return ""
	}
	ends := make([]string, len(programs))
	for i, program := range programs {
		ends[i] = regexp.QuoteMeta(program.Image)
	}
	return "(^|/)(" + strings.Join(ends, "|") + ")(:|@|$)"
}

// repository of an image, without tag and digest.
func repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		image = image[:i]
	}
	return image
}

func (r *Runner) program(image string) (Program, bool) {
	name := repository(image)
	for _, program := range r.Programs {
		if name == program.Image || strings.HasSuffix(name, "/"+program.Image) {
			return program, true
		}
	}
	return Program{}, false
}

// known are the containers of a pod that are played by a program, sidecars among the init containers included.
func (r *Runner) known(pod *corev1.Pod) []corev1.Container {
	var out []corev1.Container
	add := func(container corev1.Container) {
		if _, ok := r.program(container.Image); ok {
			out = append(out, container)
		}
	}
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(container)
		}
	}
	for _, container := range pod.Spec.Containers {
		add(container)
	}
	return out
}
