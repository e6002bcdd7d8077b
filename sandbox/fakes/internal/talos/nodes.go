package talos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
)

// Talos remembers in these annotations which labels and taints of a node came from the machine configuration, so that
// it takes only those away again.
const (
	ownedLabels      = "talos.dev/owned-labels"
	ownedAnnotations = "talos.dev/owned-annotations"
	ownedTaints      = "talos.dev/owned-taints"
)

const controlPlaneLabel = "node-role.kubernetes.io/control-plane"

// registerNodes registers a node for every machine that booted a configuration of this cluster, and keeps labels and
// taints as configured.
func (r *runner) registerNodes(ctx context.Context, cluster config.Provider) error {
	admin, err := r.client()
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range r.fleet.machines {
		s := m.snapshot()
		if !s.up() || !joins(s.config, cluster) {
			continue
		}
		if err := r.registerMachine(ctx, admin, m, s); err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("node of machine %s: %w", m.Name, err))
			continue
		}
		if !s.isControlPlane() {
			continue
		}
		if err := m.mirrorStaticPods(ctx, admin, s); err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("static pods of machine %s: %w", m.Name, err))
		}
	}
	return errors.Join(errs...)
}

// registerMachine lets the kubelet register, and Talos apply labels and taints: on a control plane with the rights of an
// administrator, on a worker with those of its kubelet, whom the API server refuses much.
func (r *runner) registerMachine(ctx context.Context, admin kubernetes.Interface, m *Machine, s snapshot) error {
	kubelet, err := r.kubelet(m.hostname(s))
	if err != nil {
		return err
	}
	node, err := m.registerNode(ctx, kubelet, s)
	if err != nil {
		return err
	}
	as := kubelet
	if s.isControlPlane() {
		as = admin
	}
	node, err = m.applyToNode(ctx, as, node, s)
	m.publishNode(node)
	return err
}

// kubelet is the access of a node's kubelet. Certificates are made once, until the control plane starts again.
func (r *runner) kubelet(name string) (kubernetes.Interface, error) {
	if client, ok := r.kubelets[name]; ok {
		return client, nil
	}
	cluster := r.cp.Config()
	ca, err := pki.ParseCA(cluster.CA.Cert, cluster.CA.Key)
	if err != nil {
		return nil, err
	}
	pair, err := ca.Issue(pki.Leaf{CommonName: "system:node:" + name, Organizations: []string{"system:nodes"}, Client: true})
	if err != nil {
		return nil, err
	}
	access := r.cp.RESTConfig()
	access.CertData, access.KeyData = pair.CertPEM, pair.KeyPEM
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return nil, err
	}
	if r.kubelets == nil {
		r.kubelets = map[string]kubernetes.Interface{}
	}
	r.kubelets[name] = client
	return client, nil
}

// joins reports whether the kubelet of a machine could join a cluster: same CA, same token, same endpoint.
func joins(c, cluster config.Provider) bool {
	left, right := c.Cluster(), cluster.Cluster()
	return left.IssuingCA() != nil && right.IssuingCA() != nil && bytes.Equal(left.IssuingCA().Crt, right.IssuingCA().Crt) &&
		left.Token().ID() == right.Token().ID() && left.Token().Secret() == right.Token().Secret() &&
		left.Endpoint().String() == right.Endpoint().String()
}

// registerNode does what a kubelet does for its node: it makes it, and reports itself.
func (m *Machine) registerNode(ctx context.Context, kubelet kubernetes.Interface, s snapshot) (*corev1.Node, error) {
	want := m.node(s)
	nodes := kubelet.CoreV1().Nodes()
	current, err := nodes.Get(ctx, want.Name, metav1.GetOptions{ResourceVersion: "0"})
	if apierrors.IsNotFound(err) {
		status := want.Status
		if _, err := nodes.Create(ctx, want.DeepCopy(), metav1.CreateOptions{}); err != nil {
			return nil, err
		}
		patch, err := json.Marshal(map[string]any{"status": map[string]any{
			"addresses": status.Addresses, "capacity": status.Capacity, "allocatable": status.Allocatable, "nodeInfo": status.NodeInfo,
		}})
		if err != nil {
			return nil, err
		}
		return nodes.Patch(ctx, want.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil {
		return nil, err
	}
	// A kubelet that was started again shows its version and its boot.
	have, wanted := current.Status.NodeInfo, want.Status.NodeInfo
	if have.KubeletVersion == wanted.KubeletVersion && have.BootID == wanted.BootID && have.OSImage == wanted.OSImage {
		return current, nil
	}
	const version = controlplane.KubeletVersionAnnotation
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{version: want.Annotations[version]}}})
	if err != nil {
		return nil, err
	}
	if _, err := nodes.Patch(ctx, want.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return nil, err
	}
	if patch, err = json.Marshal(map[string]any{"status": map[string]any{"nodeInfo": wanted}}); err != nil {
		return nil, err
	}
	return nodes.Patch(ctx, want.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
}

// node is the Node a kubelet of the machine registers.
func (m *Machine) node(s snapshot) *corev1.Node {
	hostname := m.hostname(s)
	var taints []corev1.Taint
	if s.isControlPlane() && !s.config.Cluster().ScheduleOnControlPlanes() {
		taints = append(taints, corev1.Taint{Key: controlPlaneLabel, Effect: corev1.TaintEffectNoSchedule})
	}
	disk, _ := m.systemDisk(s)
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("16"), corev1.ResourceMemory: resource.MustParse(fmt.Sprintf("%dMi", m.hardware.MemoryMiB)),
		corev1.ResourceEphemeralStorage: *resource.NewQuantity(int64(ephemeral(disk)), resource.BinarySI), corev1.ResourcePods: resource.MustParse("250"),
	}
	id := machineID(m.Name)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: hostname, Annotations: map[string]string{controlplane.KubeletVersionAnnotation: kubeletVersion(s.config)},
			Labels: map[string]string{
				"kubernetes.io/hostname": hostname, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
				"beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64",
			},
		},
		Spec: corev1.NodeSpec{Taints: taints},
		Status: corev1.NodeStatus{
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: m.Address}, {Type: corev1.NodeHostName, Address: hostname}},
			Capacity:  capacity, Allocatable: capacity,
			NodeInfo: corev1.NodeSystemInfo{
				MachineID: id[:32], SystemUUID: fmt.Sprintf("%s-%s-%s-%s-%s", id[:8], id[8:12], id[12:16], id[16:20], id[20:32]),
				BootID: s.kept.BootID, OSImage: "Talos (" + m.version(s) + ", simulated)", KernelVersion: kernelOf(m.version(s)),
				ContainerRuntimeVersion: "containerd://2.2.0", KubeletVersion: kubeletVersion(s.config),
				OperatingSystem: "linux", Architecture: "amd64",
			},
		},
	}
}

// configuredTaints reads key: value:Effect.
func configuredTaints(configured map[string]string) []corev1.Taint {
	var taints []corev1.Taint
	for _, key := range slices.Sorted(maps.Keys(configured)) {
		value, effect, found := strings.Cut(configured[key], ":")
		if !found {
			value, effect = "", value
		}
		taints = append(taints, corev1.Taint{Key: key, Value: value, Effect: corev1.TaintEffect(effect)})
	}
	return taints
}

func taintKeys(taints []corev1.Taint) []string {
	keys := []string{}
	for _, t := range taints {
		keys = append(keys, t.Key)
	}
	slices.Sort(keys)
	return keys
}

func taintTexts(taints []corev1.Taint) []string {
	var texts []string
	for _, t := range taints {
		texts = append(texts, t.ToString())
	}
	slices.Sort(texts)
	return texts
}

func jsonList(list []string) string {
	data, err := json.Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(data)
}

func parseList(text string) []string {
	var list []string
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	return list
}
