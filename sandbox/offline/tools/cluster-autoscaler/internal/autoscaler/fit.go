package autoscaler

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	helpers "k8s.io/component-helpers/resource"
	schedulinghelpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

// slot is a node with what stands on it, or will.
type slot struct {
	node *corev1.Node
	pods []*corev1.Pod
	used corev1.ResourceList
	// group is set for a node that a group is about to have, or might have.
	group *group
}

func newSlot(node *corev1.Node, pods []*corev1.Pod) *slot {
	s := &slot{node: node, used: corev1.ResourceList{}}
	for _, pod := range pods {
		s.place(pod)
	}
	return s
}

func requests(pod *corev1.Pod) corev1.ResourceList {
	out := helpers.PodRequests(pod, helpers.PodResourcesOptions{})
	out[corev1.ResourcePods] = *resource.NewQuantity(1, resource.DecimalSI)
	return out
}

func (s *slot) place(pod *corev1.Pod) {
	s.pods = append(s.pods, pod)
	for name, quantity := range requests(pod) {
		sum := s.used[name]
		sum.Add(quantity)
		s.used[name] = sum
	}
}

// refuses says why a pod cannot run on a node, in the words of the scheduler; empty: it can.
func (s *slot) refuses(pod *corev1.Pod) string {
	if s.node.Spec.Unschedulable {
		return "node(s) were unschedulable"
	}
	if matches, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(s.node); err != nil || !matches {
		return "node(s) didn't match Pod's node affinity/selector"
	}
	if taint, untolerated := schedulinghelpers.FindMatchingUntoleratedTaint(klog.Background(), s.node.Spec.Taints, pod.Spec.Tolerations, hard, false); untolerated {
		return "node(s) had untolerated taint(s): " + taint.Key
	}
	for name, quantity := range requests(pod) {
		if quantity.IsZero() {
			continue
		}
		left := s.node.Status.Allocatable[name]
		left.Sub(s.used[name])
		if left.Cmp(quantity) < 0 {
			return "Insufficient " + string(name)
		}
	}
	return s.conflict(pod)
}

func hard(taint *corev1.Taint) bool {
	return taint.Effect == corev1.TaintEffectNoSchedule || taint.Effect == corev1.TaintEffectNoExecute
}

// conflict is what pods beside it rule out. What is not known here is refused: pods that have to be near others, or
// apart by more than their node.
func (s *slot) conflict(pod *corev1.Pod) string {
	for _, other := range s.pods {
		if portsMeet(pod, other) {
			return "node(s) didn't have free ports for the requested pod ports"
		}
		if apart(pod, other) || apart(other, pod) {
			return "node(s) didn't match pod anti-affinity rules"
		}
	}
	if affinity := pod.Spec.Affinity; affinity != nil {
		if affinity.PodAffinity != nil && len(affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0 {
			return "node(s) didn't match pod affinity rules"
		}
		for _, term := range required(affinity) {
			if term.TopologyKey != corev1.LabelHostname {
				return "node(s) didn't match pod anti-affinity rules"
			}
		}
	}
	for _, constraint := range pod.Spec.TopologySpreadConstraints {
		if constraint.WhenUnsatisfiable == corev1.DoNotSchedule {
			return "node(s) didn't match pod topology spread constraints"
		}
	}
	return ""
}

func required(affinity *corev1.Affinity) []corev1.PodAffinityTerm {
	if affinity == nil || affinity.PodAntiAffinity == nil {
		return nil
	}
	return affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

// apart reports whether a pod must not be on the node of another.
func apart(pod, other *corev1.Pod) bool {
	for _, term := range required(pod.Spec.Affinity) {
		selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
		if err != nil {
			return true
		}
		near := len(term.Namespaces) == 0 && term.NamespaceSelector == nil && pod.Namespace == other.Namespace
		for _, namespace := range term.Namespaces {
			near = near || namespace == other.Namespace
		}
		if (near || term.NamespaceSelector != nil) && selector.Matches(labels.Set(other.Labels)) {
			return true
		}
	}
	return false
}

func portsMeet(pod, other *corev1.Pod) bool {
	type hostPort struct {
		port     int32
		protocol corev1.Protocol
	}
	taken := map[hostPort]bool{}
	each := func(pod *corev1.Pod, do func(hostPort)) {
		for _, container := range pod.Spec.Containers {
			for _, port := range container.Ports {
				if port.HostPort > 0 {
					do(hostPort{port.HostPort, port.Protocol})
				}
			}
		}
	}
	each(other, func(p hostPort) { taken[p] = true })
	meet := false
	each(pod, func(p hostPort) { meet = meet || taken[p] })
	return meet
}
