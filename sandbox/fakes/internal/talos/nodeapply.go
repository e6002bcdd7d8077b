package talos

import (
	"context"
	"maps"
	"slices"

	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/labels"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// applied is what Talos puts onto the node of a machine.
type applied struct {
	labels, annotations map[string]string
	taints              []corev1.Taint
}

// applies reads it from the configuration, and adds the extensions of the image: as labels, or as annotations where a
// version is no value for a label.
func (m *Machine) applies(s snapshot) applied {
	machine := s.config.Machine()
	out := applied{labels: map[string]string{}, annotations: map[string]string{}, taints: configuredTaints(machine.NodeTaints())}
	maps.Copy(out.labels, machine.NodeLabels())
	maps.Copy(out.annotations, machine.NodeAnnotations())
	if s.isControlPlane() {
		out.labels[controlPlaneLabel] = ""
		if !s.config.Cluster().ScheduleOnControlPlanes() {
			out.taints = append(out.taints, corev1.Taint{Key: controlPlaneLabel, Effect: corev1.TaintEffectNoSchedule})
		}
	}
	for _, extension := range m.extensions(s) {
		key := constants.K8sExtensionPrefix + extension.Name
		if labels.ValidateLabelValue(extension.Version) == nil {
			out.labels[key] = extension.Version
		} else {
			out.annotations[key] = extension.Version
		}
	}
	return out
}

// applyToNode sends labels, annotations and taints as one update. What of it the API server refuses takes the rest with
// it: the node keeps what it had, and Talos tries for ever.
func (m *Machine) applyToNode(ctx context.Context, client kubernetes.Interface, current *corev1.Node, s snapshot) (*corev1.Node, error) {
	next := current.DeepCopy()
	m.applies(s).to(next)
	if s.stage == StageRunning {
		uncordon(next)
	}
	if next.Spec.Unschedulable == current.Spec.Unschedulable && maps.Equal(next.Labels, current.Labels) &&
		maps.Equal(next.Annotations, current.Annotations) && slices.Equal(taintTexts(next.Spec.Taints), taintTexts(current.Spec.Taints)) {
		m.refusedNode("")
		return current, nil
	}
	updated, err := client.CoreV1().Nodes().Update(ctx, next, metav1.UpdateOptions{})
	switch {
	case err == nil:
		m.refusedNode("")
		return updated, nil
	case apierrors.IsConflict(err):
		return current, nil // seen again at the next round
	case apierrors.IsForbidden(err):
		m.refusedNode(err.Error())
		return current, nil
	default:
		return current, err
	}
}

// refusedNode writes a refusal into the machine's kernel log, where Talos' controllers complain.
func (m *Machine) refusedNode(text string) {
	m.mu.Lock()
	news := m.refusal != text
	m.refusal = text
	m.mu.Unlock()
	if news && text != "" {
		m.complain("k8s.NodeApplyController", text)
	}
}

// to puts values onto a node. Of what others have set nothing is changed; what was applied earlier and is not wanted any
// more goes.
func (a applied) to(node *corev1.Node) {
	if node.Labels == nil {
		node.Labels = map[string]string{}
	}
	if node.Annotations == nil {
		node.Annotations = map[string]string{}
	}
	ownLabels := merge(node.Labels, a.labels, parseList(node.Annotations[ownedLabels]))
	ownAnnotations := merge(node.Annotations, a.annotations, parseList(node.Annotations[ownedAnnotations]))
	ownTaints := mergeTaints(node, a.taints, parseList(node.Annotations[ownedTaints]))
	for key, owned := range map[string][]string{ownedLabels: ownLabels, ownedAnnotations: ownAnnotations, ownedTaints: ownTaints} {
		if len(owned) == 0 {
			delete(node.Annotations, key)
		} else {
			node.Annotations[key] = jsonList(owned)
		}
	}
}

func merge(into, want map[string]string, owned []string) []string {
	for key, value := range want {
		current, exists := into[key]
		switch {
		case !exists || current == value:
			into[key] = value
			if !slices.Contains(owned, key) {
				owned = append(owned, key)
			}
		case slices.Contains(owned, key):
			into[key] = value
		}
	}
	owned = slices.DeleteFunc(owned, func(key string) bool {
		_, wanted := want[key]
		if !wanted {
			delete(into, key)
		}
		return !wanted
	})
	slices.Sort(owned)
	return owned
}

func mergeTaints(node *corev1.Node, want []corev1.Taint, owned []string) []string {
	for _, taint := range want {
		i := slices.IndexFunc(node.Spec.Taints, func(t corev1.Taint) bool { return t.Key == taint.Key })
		switch {
		case i < 0:
			node.Spec.Taints = append(node.Spec.Taints, taint)
		case slices.Contains(owned, taint.Key):
			node.Spec.Taints[i].Value, node.Spec.Taints[i].Effect = taint.Value, taint.Effect
		case node.Spec.Taints[i].Value != taint.Value || node.Spec.Taints[i].Effect != taint.Effect:
			continue
		}
		if !slices.Contains(owned, taint.Key) {
			owned = append(owned, taint.Key)
		}
	}
	wanted := taintKeys(want)
	node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(t corev1.Taint) bool {
		return slices.Contains(owned, t.Key) && !slices.Contains(wanted, t.Key)
	})
	owned = slices.DeleteFunc(owned, func(key string) bool { return !slices.Contains(wanted, key) })
	slices.Sort(owned)
	return owned
}

// publishNode shows the node as the machine sees it.
func (m *Machine) publishNode(node *corev1.Node) {
	r := k8s.NewNodeStatus(k8s.NamespaceName, node.Name)
	spec := r.TypedSpec()
	spec.Nodename, spec.Unschedulable = node.Name, node.Spec.Unschedulable
	spec.Labels, spec.Annotations = maps.Clone(node.Labels), maps.Clone(node.Annotations)
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			spec.NodeReady = condition.Status == corev1.ConditionTrue
		}
	}
	put(m, r)
}
