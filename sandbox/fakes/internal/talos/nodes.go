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
)

// Talos remembers in these annotations which labels and taints of a node came from the machine configuration, so that
// it takes only those away again.
const (
	ownedLabels = "talos.dev/owned-labels"
	ownedTaints = "talos.dev/owned-taints"
)

const controlPlaneLabel = "node-role.kubernetes.io/control-plane"

// registerNodes registers a node for every machine that booted a configuration of this cluster, and keeps labels and
// taints as configured.
func (r *runner) registerNodes(ctx context.Context, cluster config.Provider) error {
	client, err := r.client()
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range r.fleet.machines {
		s := m.snapshot()
		if !s.up() || !joins(s.config, cluster) {
			continue
		}
		if err := m.registerNode(ctx, client, s); err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("node of machine %s: %w", m.Name, err))
			continue
		}
		if !s.isControlPlane() {
			continue
		}
		if err := m.mirrorStaticPods(ctx, client, s); err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("static pods of machine %s: %w", m.Name, err))
		}
	}
	return errors.Join(errs...)
}

// joins reports whether the kubelet of a machine could join a cluster: same CA, same token, same endpoint.
func joins(c, cluster config.Provider) bool {
	left, right := c.Cluster(), cluster.Cluster()
	return left.IssuingCA() != nil && right.IssuingCA() != nil && bytes.Equal(left.IssuingCA().Crt, right.IssuingCA().Crt) &&
		left.Token().ID() == right.Token().ID() && left.Token().Secret() == right.Token().Secret() &&
		left.Endpoint().String() == right.Endpoint().String()
}

func (m *Machine) registerNode(ctx context.Context, client kubernetes.Interface, s snapshot) error {
	want := m.node(s)
	nodes := client.CoreV1().Nodes()
	current, err := nodes.Get(ctx, want.Name, metav1.GetOptions{ResourceVersion: "0"})
	if apierrors.IsNotFound(err) {
		status := want.Status
		if current, err = nodes.Create(ctx, want.DeepCopy(), metav1.CreateOptions{}); err != nil {
			return err
		}
		patch, err := json.Marshal(map[string]any{"status": map[string]any{
			"addresses": status.Addresses, "capacity": status.Capacity, "allocatable": status.Allocatable, "nodeInfo": status.NodeInfo,
		}})
		if err != nil {
			return err
		}
		if _, err := nodes.Patch(ctx, want.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status"); err != nil {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := m.reportKubelet(ctx, client, current, want); err != nil {
		return err
	}
	next := current.DeepCopy()
	adopt(next, want)
	if s.stage == StageRunning {
		uncordon(next)
	}
	if next.Spec.Unschedulable == current.Spec.Unschedulable && len(next.Spec.Taints) == len(current.Spec.Taints) && maps.Equal(next.Labels, current.Labels) &&
		maps.Equal(next.Annotations, current.Annotations) && slices.Equal(taintTexts(next.Spec.Taints), taintTexts(current.Spec.Taints)) {
		return nil
	}
	_, err = nodes.Update(ctx, next, metav1.UpdateOptions{})
	if apierrors.IsConflict(err) {
		return nil // seen again at the next round
	}
	return err
}

// reportKubelet shows the version and the boot of a kubelet that was started again.
func (m *Machine) reportKubelet(ctx context.Context, client kubernetes.Interface, current, want *corev1.Node) error {
	have, wanted := current.Status.NodeInfo, want.Status.NodeInfo
	if have.KubeletVersion == wanted.KubeletVersion && have.BootID == wanted.BootID {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"nodeInfo": wanted}})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Nodes().Patch(ctx, want.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

// node is the Node a kubelet of the machine would register.
func (m *Machine) node(s snapshot) *corev1.Node {
	hostname := m.hostname(s)
	machine := s.config.Machine()
	labels := map[string]string(maps.Clone(machine.NodeLabels()))
	if labels == nil {
		labels = map[string]string{}
	}
	taints := slices.Clone(configuredTaints(machine.NodeTaints()))
	if s.isControlPlane() {
		labels[controlPlaneLabel] = ""
		if !s.config.Cluster().ScheduleOnControlPlanes() {
			taints = append(taints, corev1.Taint{Key: controlPlaneLabel, Effect: corev1.TaintEffectNoSchedule})
		}
	}
	annotations := map[string]string(maps.Clone(machine.NodeAnnotations()))
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[ownedLabels] = jsonList(slices.Sorted(maps.Keys(labels)))
	annotations[ownedTaints] = jsonList(taintKeys(taints))
	annotations[controlplane.KubeletVersionAnnotation] = kubeletVersion(s.config)
	labels["kubernetes.io/hostname"], labels["kubernetes.io/os"], labels["kubernetes.io/arch"] = hostname, "linux", "amd64"
	labels["beta.kubernetes.io/os"], labels["beta.kubernetes.io/arch"] = "linux", "amd64"

	capacity := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("16"), corev1.ResourceMemory: resource.MustParse(fmt.Sprintf("%dKi", memoryKiB)),
		corev1.ResourceEphemeralStorage: resource.MustParse("200Gi"), corev1.ResourcePods: resource.MustParse("250"),
	}
	id := machineID(m.Name)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: hostname, Labels: labels, Annotations: annotations},
		Spec:       corev1.NodeSpec{Taints: taints},
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

// adopt puts what is configured onto a node: what was configured earlier and is not any more goes.
func adopt(node, want *corev1.Node) {
	if node.Labels == nil {
		node.Labels = map[string]string{}
	}
	if node.Annotations == nil {
		node.Annotations = map[string]string{}
	}
	for _, key := range parseList(node.Annotations[ownedLabels]) {
		if _, ok := want.Labels[key]; !ok {
			delete(node.Labels, key)
		}
	}
	owned := append(parseList(node.Annotations[ownedTaints]), taintKeys(want.Spec.Taints)...)
	node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(t corev1.Taint) bool { return slices.Contains(owned, t.Key) })
	node.Spec.Taints = append(node.Spec.Taints, want.Spec.Taints...)
	maps.Copy(node.Labels, want.Labels)
	maps.Copy(node.Annotations, want.Annotations)
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
