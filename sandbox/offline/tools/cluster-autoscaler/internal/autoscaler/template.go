package autoscaler

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const capacityPrefix = "capacity.cluster-autoscaler.kubernetes.io/"

// podsOfNode is how many pods a node takes where nothing says it.
const podsOfNode = 110

// capacityOf a machine, by the annotations of its group: there may be no machine to look at.
func capacityOf(annotations map[string]string) (corev1.ResourceList, error) {
	out := corev1.ResourceList{corev1.ResourcePods: *resource.NewQuantity(podsOfNode, resource.DecimalSI)}
	for name, key := range map[corev1.ResourceName]string{
		corev1.ResourceCPU: "cpu", corev1.ResourceMemory: "memory", corev1.ResourceEphemeralStorage: "ephemeral-disk", corev1.ResourcePods: "maxPods",
	} {
		text := annotations[capacityPrefix+key]
		if text == "" {
			continue
		}
		quantity, err := resource.ParseQuantity(text)
		if err != nil {
			return nil, fmt.Errorf("annotation %s%s: %q: %w", capacityPrefix, key, text, err)
		}
		out[name] = quantity
	}
	if kind, text := annotations[capacityPrefix+"gpu-type"], annotations[capacityPrefix+"gpu-count"]; kind != "" && text != "" {
		count, err := strconv.ParseInt(text, 10, 0)
		if err != nil {
			return nil, fmt.Errorf("annotation %sgpu-count: %q — a whole number", capacityPrefix, text)
		}
		out[corev1.ResourceName(kind)] = *resource.NewQuantity(count, resource.DecimalSI)
	}
	return out, nil
}

func scalesFromZero(capacity corev1.ResourceList) bool {
	cpu, memory := capacity[corev1.ResourceCPU], capacity[corev1.ResourceMemory]
	return !cpu.IsZero() && !memory.IsZero()
}

// template is a node as the next machine of a group will be: like one that is there, or as annotations say.
func (g *group) template(nodes map[string]*corev1.Node) (*corev1.Node, error) {
	name := "template-node-for-" + g.object.GetName()
	for _, m := range g.machines {
		if node := nodes[m.node]; node != nil && !m.deleting && isReady(node) && !node.Spec.Unschedulable {
			return like(node, name), nil
		}
	}
	annotations := g.object.GetAnnotations()
	capacity, err := capacityOf(annotations)
	if err != nil {
		return nil, err
	}
	if !scalesFromZero(capacity) {
		return nil, fmt.Errorf("%s: nothing says what a machine of it has: annotations %scpu and memory", g.id(), capacityPrefix)
	}
	labels := map[string]string{
		corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux", corev1.LabelHostname: name,
	}
	for _, pair := range strings.Split(annotations[capacityPrefix+"labels"], ",") {
		if key, value, found := strings.Cut(pair, "="); found {
			labels[key] = value
		}
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec:       corev1.NodeSpec{Taints: taintsOf(annotations[capacityPrefix+"taints"])},
		Status:     corev1.NodeStatus{Capacity: capacity, Allocatable: capacity},
	}, nil
}

// taintsOf reads key=value:Effect,key:Effect; what cannot be read is left out, as in the real one.
func taintsOf(text string) []corev1.Taint {
	var out []corev1.Taint
	for _, part := range strings.Split(text, ",") {
		pair, effect, found := strings.Cut(part, ":")
		key, value, _ := strings.Cut(pair, "=")
		if !found || key == "" {
			continue
		}
		out = append(out, corev1.Taint{Key: key, Value: value, Effect: corev1.TaintEffect(effect)})
	}
	return out
}

// passing are taints that a node has for a while, or that this program puts there.
func passing(key string) bool {
	return key == toBeDeletedTaint || strings.HasPrefix(key, "node.kubernetes.io/") || strings.HasPrefix(key, "node.cloudprovider.kubernetes.io/") ||
		key == "node.cluster.x-k8s.io/uninitialized" || strings.HasPrefix(key, "DeletionCandidateOfClusterAutoscaler")
}

func like(node *corev1.Node, name string) *corev1.Node {
	out := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: maps.Clone(node.Labels)},
		Status:     corev1.NodeStatus{Capacity: node.Status.Capacity, Allocatable: node.Status.Allocatable},
	}
	out.Labels[corev1.LabelHostname] = name
	for _, taint := range node.Spec.Taints {
		if !passing(taint.Key) {
			out.Spec.Taints = append(out.Spec.Taints, taint)
		}
	}
	return out
}

func isReady(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
