package kubevirt

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/controlplane"
)

// guest is the machine that joins.
type guest struct {
	hostname, address, kubeletVersion string
	// uid of the instance is the machine's system UUID.
	uid         string
	cpu, memory resource.Quantity
}

// node is how the guest's kubelet registers itself.
func (g guest) node(name, version string, join *joinConfiguration) (*corev1.Node, error) {
	labels := map[string]string{
		corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
		"beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64",
	}
	args := join.NodeRegistration.KubeletExtraArgs
	for _, pair := range strings.Split(args["node-labels"], ",") {
		if key, value, found := strings.Cut(pair, "="); found {
			labels[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	var taints []corev1.Taint
	for _, t := range join.NodeRegistration.Taints {
		taints = append(taints, corev1.Taint{Key: t.Key, Value: t.Value, Effect: corev1.TaintEffect(t.Effect)})
	}
	extra, err := registerWithTaints(args["register-with-taints"])
	if err != nil {
		return nil, err
	}
	taints = append(taints, extra...)
	if args["cloud-provider"] == "external" {
		taints = append(taints, corev1.Taint{Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: corev1.TaintEffectNoSchedule})
	}
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: g.cpu, corev1.ResourceMemory: g.memory,
		corev1.ResourcePods: resource.MustParse("110"), corev1.ResourceEphemeralStorage: resource.MustParse("20Gi"),
	}
	allocatable, err := left(capacity, args["system-reserved"])
	if err != nil {
		return nil, err
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: labels,
			Annotations: map[string]string{
				controlplane.KubeletVersionAnnotation:                    version,
				"kubeadm.alpha.kubernetes.io/cri-socket":                 or(join.NodeRegistration.CRISocket, "unix:///var/run/containerd/containerd.sock"),
				"volumes.kubernetes.io/controller-managed-attach-detach": "true",
			},
		},
		Spec: corev1.NodeSpec{Taints: taints, ProviderID: args["provider-id"]},
		Status: corev1.NodeStatus{
			Capacity: capacity, Allocatable: allocatable,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: g.address}, {Type: corev1.NodeHostName, Address: name},
			},
			NodeInfo: corev1.NodeSystemInfo{
				KubeletVersion: version, SystemUUID: g.uid, MachineID: strings.ReplaceAll(g.uid, "-", ""),
				OSImage: "Ubuntu 24.04 LTS", KernelVersion: "6.8.0-generic", ContainerRuntimeVersion: "containerd://2.1.6",
				OperatingSystem: "linux", Architecture: "amd64",
			},
		},
	}, nil
}

// evictionHard is what kubelet keeps free by default, besides what is reserved.
var evictionHard = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("100Mi")}

// left is what the kubelet leaves to pods; reserved is its flag system-reserved: cpu=100m,memory=256Mi.
func left(capacity corev1.ResourceList, reserved string) (corev1.ResourceList, error) {
	rest := capacity.DeepCopy()
	take := func(name corev1.ResourceName, amount resource.Quantity) {
		quantity := rest[name]
		quantity.Sub(amount)
		rest[name] = quantity
	}
	for name, amount := range evictionHard {
		take(name, amount)
	}
	for _, part := range strings.Split(reserved, ",") {
		if part == "" {
			continue
		}
		name, text, _ := strings.Cut(part, "=")
		amount, err := resource.ParseQuantity(text)
		if err != nil {
			return nil, fmt.Errorf("system-reserved %q: %w", part, err)
		}
		take(corev1.ResourceName(name), amount)
	}
	return rest, nil
}

// registerWithTaints reads the kubelet's flag: key=value:effect, comma separated.
func registerWithTaints(text string) ([]corev1.Taint, error) {
	var taints []corev1.Taint
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		pair, effect, found := strings.Cut(part, ":")
		if !found {
			return nil, fmt.Errorf("register-with-taints %q — not of the form key=value:effect", part)
		}
		key, value, _ := strings.Cut(pair, "=")
		taints = append(taints, corev1.Taint{Key: key, Value: value, Effect: corev1.TaintEffect(effect)})
	}
	return taints, nil
}

// size is the processors and memory an instance shows its guest.
func size(vmi *unstructured.Unstructured) (cpu, memory resource.Quantity) {
	product := int64(1)
	for _, field := range []string{"cores", "sockets", "threads"} {
		if n, found, _ := unstructured.NestedInt64(vmi.Object, "spec", "domain", "cpu", field); found && n > 0 {
			product *= n
		}
	}
	cpu = *resource.NewQuantity(product, resource.DecimalSI)
	memory = resource.MustParse("2Gi")
	for _, path := range [][]string{{"spec", "domain", "resources", "requests", "memory"}, {"spec", "domain", "memory", "guest"}} {
		if text, found, _ := unstructured.NestedString(vmi.Object, path...); found {
			if quantity, err := resource.ParseQuantity(text); err == nil {
				memory = quantity
			}
		}
	}
	if _, found, _ := unstructured.NestedMap(vmi.Object, "spec", "domain", "cpu"); !found {
		if text, found, _ := unstructured.NestedString(vmi.Object, "spec", "domain", "resources", "requests", "cpu"); found {
			if quantity, err := resource.ParseQuantity(text); err == nil {
				cpu = *resource.NewQuantity(max(quantity.Value(), 1), resource.DecimalSI)
			}
		}
	}
	return cpu, memory
}
